import { runHealthChecks } from '@chat/infra/health-check';
import { siteChecks } from '@chat/infra/site-checks';
import { createSmokeTest } from '@chat/infra/smoke-test';
import { readdir } from 'node:fs/promises';
import { describe, expect } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { test as onStack } from '../support/stack.ts';

const test = onStack.extend(
  'look',
  ({ stack }) =>
    async (settings: { OUTGOING_CHANNEL: string; INCOMING_CHANNEL: string }) => {
      const lines: string[] = [];
      const { site, ably } = stack;
      const ablyTime = `http://${ably.endpoint}:${ably.port}/time`;
      const healthy = await runHealthChecks(siteChecks({ site, settings, ablyTime }), (line) =>
        lines.push(line),
      );
      return { healthy, report: lines.join('\n') };
    },
);

/* The proof of a deployment, on the same system running on this machine. */

describe('the smoke test', () => {
  test('times every hop of its message and leaves no trace', async ({ stack, query }) => {
    const hops = await createSmokeTest()(stack.site);
    expect(hops.map(({ name }) => name)).toEqual([
      'token from ably-auth',
      'connection to Ably',
      'publish: accepted by Ably',
      'publish: Lambda, database, connector, back',
      'history: Netlify, Lambda, database',
      'edit: accepted by Ably',
      'edit: Lambda, database, connector, back',
      'delete: accepted by Ably',
      'delete: Lambda, database, connector, back',
    ]);
    for (const { name, ms } of hops) expect(ms, name).toBeGreaterThanOrEqual(0);
    expect(await query('select 1 from chat_data')).toEqual([]);
    expect(await readdir(stack.deadLetters).catch(() => [])).toEqual([]);
  });

  test('names the hop that does not arrive', async ({ stack }) => {
    await expect(createSmokeTest(0)(stack.site)).rejects.toThrow(/the INSERT of smoke-.* has not arrived/);
  });

  test('deletes its message also after a failure', async ({ query }) => {
    await expectSoon(() => query('select 1 from chat_private.deleted_messages')).toHaveLength(2);
    expect(await query('select 1 from chat_data')).toEqual([]);
  });

  test('reports an address that is not a site', async ({ stack }) => {
    await expect(createSmokeTest()(`${stack.site}/nothing-here`)).rejects.toThrow(
      /ably-auth answered|not valid/,
    );
  });
});

describe('the doctor', () => {
  test('finds no fault in a healthy system', async ({ look }) => {
    const { healthy, report } = await look({
      OUTGOING_CHANNEL: 'outgoing-chat',
      INCOMING_CHANNEL: 'incoming-chat',
    });
    expect(report).not.toMatch(/wrong|warning/);
    expect(healthy).toBe(true);
    expect(report.split('\n')).toHaveLength(5);
  });

  test('detects tokens for other channels', async ({ look }) => {
    const { healthy, report } = await look({ OUTGOING_CHANNEL: 'other-out', INCOMING_CHANNEL: 'other-in' });
    expect(healthy).toBe(false);
    expect(report).toMatch(/wrong +Token: has the capability .*outgoing-chat/);
  });
});
