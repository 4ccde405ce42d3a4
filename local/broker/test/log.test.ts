import { expect } from 'vitest';
import { withQuotedDetails } from '../src/log.ts';
import { test } from './support/test.ts';

const HOSTILE = `\r\n\u001b[2J\u202e\u2028${'x'.repeat(5_000)}`;
const PLAIN = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u;

test('the broker log cuts and escapes every text in its details', () => {
  const lines: unknown[] = [];
  const log = withQuotedDetails((...line) => void lines.push(JSON.stringify(line)));
  log('error', 'rest.failed', {
    path: HOSTILE,
    error: new Error(HOSTILE),
    list: [HOSTILE, { deep: HOSTILE }],
  });
  const [line] = lines as string[];
  expect(line).toMatch(PLAIN);
  expect(line).not.toMatch(/x{201}/);
  expect(line).toContain('log.test.ts');
});

test('the broker logs a frame that it cannot read without flooding the log', async ({
  startBroker,
  connect,
}) => {
  const lines: string[] = [];
  const broker = await startBroker({ log: (...line) => void lines.push(JSON.stringify(line)) });
  const { client } = await connect(broker);
  client.sendRaw(`{"${HOSTILE}`);
  await client.settled();
  const unreadable = lines.filter((line) => line.includes('frame.unreadable'));
  expect(unreadable).toHaveLength(1);
  expect(unreadable[0]).toMatch(PLAIN);
  expect(unreadable[0]?.length).toBeLessThan(500);
});
