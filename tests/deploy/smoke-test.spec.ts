import { runHealthChecks } from '@chat/infra/health-check';
import { siteChecks } from '@chat/infra/site-checks';
import { createSmokeTest } from '@chat/infra/smoke-test';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { expectSoon } from '../support/expect-soon.ts';
import { useStack } from '../support/stack.ts';

/** What proves a deployment in the cloud is proved here, on the same system, running on this machine. */
const held = useStack();

describe('the smoke test', () => {
  it('goes all the way, says how long each hop took, and leaves nothing', async () => {
    const hops = await createSmokeTest()(held.stack.site);
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
    expect(await held.query('select 1 from chat_data')).toEqual([]);
    expect(await readdir(held.stack.deadLetters).catch(() => [])).toEqual([]);
  });

  it('names the hop that does not arrive', async () => {
    await expect(createSmokeTest(0)(held.stack.site)).rejects.toThrow(
      /the INSERT of smoke-.* has not arrived/,
    );
  });

  it('takes its message away also when it gives up', async () => {
    await expectSoon(() => held.query('select 1 from chat_private.deleted_messages')).toHaveLength(2);
    expect(await held.query('select 1 from chat_data')).toEqual([]);
  });

  it('says what is wrong with a site that is none', async () => {
    await expect(createSmokeTest()(`${held.stack.site}/nothing-here`)).rejects.toThrow(
      /ably-auth answered|not valid/,
    );
  });
});

describe('the doctor', () => {
  const look = async (settings: { OUTGOING_CHANNEL: string; INCOMING_CHANNEL: string }) => {
    const lines: string[] = [];
    const { site, ably } = held.stack;
    const ablyTime = `http://${ably.endpoint}:${ably.port}/time`;
    const healthy = await runHealthChecks(siteChecks({ site, settings, ablyTime }), (line) =>
      lines.push(line),
    );
    return { healthy, report: lines.join('\n') };
  };

  it('finds nothing wrong with a healthy system', async () => {
    const { healthy, report } = await look({
      OUTGOING_CHANNEL: 'outgoing-chat',
      INCOMING_CHANNEL: 'incoming-chat',
    });
    expect(report).not.toMatch(/wrong|warning/);
    expect(healthy).toBe(true);
    expect(report.split('\n')).toHaveLength(5);
  });

  it('sees that tokens are for other channels', async () => {
    const { healthy, report } = await look({ OUTGOING_CHANNEL: 'other-out', INCOMING_CHANNEL: 'other-in' });
    expect(healthy).toBe(false);
    expect(report).toMatch(/wrong +Token: has the capability .*outgoing-chat/);
  });
});
