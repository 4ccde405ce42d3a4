import { once } from 'node:events';
import { expect, test } from 'vitest';
import { createEvents } from '../src/index.ts';
import { watchDelivery } from '../src/monitoring/watch-delivery.ts';

test('reports that it is not ready, reminds of it with the present reasons, and reports the end once', async () => {
  const events = createEvents();
  const reported: string[] = [];
  events.on('readiness', ({ reasons }) => reported.push(reasons.join()));
  let reasons: string[] = [];
  const times = { period: 1, reminder: 50 };
  const watch = watchDelivery(
    async () => [],
    () => reasons,
    events,
    times,
  );
  await once(events, 'looked');
  expect(reported).toEqual([]);

  reasons = ['one'];
  await once(events, 'readiness');
  const since = performance.now();
  reasons = ['another'];
  await once(events, 'readiness');
  expect(performance.now() - since).toBeGreaterThanOrEqual(times.reminder - 1);

  reasons = [];
  await expect.poll(() => reported).toEqual(['one', 'another', '']);
  for (let n = 0; n < 100; n += 1) await once(events, 'looked');
  expect(reported).toEqual(['one', 'another', '']);
  await watch.stop();
});
