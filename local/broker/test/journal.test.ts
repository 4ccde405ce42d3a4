import type { AblyEnvelope } from '@chat/contract';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JOURNAL_SLACK } from '@chat/journal';
import { openDeliveries } from '../src/rules/promised.ts';
import { aBroker, aRealtime, aRest, until } from './support.ts';

const timing = { ruleRetryFirst: 1, ruleRetryLargest: 5, shutdownPatience: 50 };

function aJournal(): string {
  const folder = mkdtempSync(join(tmpdir(), 'broker-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'deliveries.jsonl');
}

const namesIn = (envelopes: AblyEnvelope[]) =>
  envelopes.flatMap(({ messages }) => messages.map((message) => (message as { name: string }).name));

/** A broker in a process of its own, whose rule always fails. */
async function aBrokerProcess(journal: string) {
  const script = new URL('fixtures/broker-with-rule.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, journal], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    port: Number(line),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function aBrokerThatDelivers(journal: string) {
  const delivered: AblyEnvelope[] = [];
  const deliver = (envelope: AblyEnvelope) => Promise.resolve(void delivered.push(envelope));
  const broker = await aBroker({ rules: [{ channelFilter: 'room', deliver }], journal, timing });
  return { broker, delivered };
}

describe('the journal', () => {
  it('delivers what was acknowledged before the broker was killed, in order, and nothing else', async () => {
    const journal = aJournal();
    const process = await aBrokerProcess(journal);
    const channel = aRest(process).channels.get('room');
    await channel.publish('a', { text: 'ü' });
    await channel.publish([{ name: 'b' }, { name: 'c', data: Buffer.from([0, 255]) }]);
    await process.kill();
    const { delivered } = await aBrokerThatDelivers(journal);
    await until(() => delivered.length === 2);
    expect(namesIn(delivered)).toEqual(['a', 'b', 'c']);
    expect(delivered[0]).toMatchObject({
      appId: 'app1',
      channel: 'room',
      ruleId: 'rule1',
      messages: [{ data: '{"text":"ü"}', encoding: 'json' }],
    });
    expect(delivered[1]?.messages[1]).toMatchObject({ data: 'AP8=', encoding: 'base64' });
    await until(() => statSync(journal).size === 0); // so that the next start has nothing to do
  });

  it(
    'misses no acknowledged publish, at whatever moment the broker is killed',
    { timeout: 30_000 },
    async () => {
      const journal = aJournal();
      const acknowledged: string[] = [];
      for (const [round, patience] of [0, 20, 60].entries()) {
        const process = await aBrokerProcess(journal);
        const client = aRealtime(process);
        const channel = client.channels.get('room');
        const publish = async (name: string) => {
          await channel.publish(name, 'x'.repeat(2_000));
          acknowledged.push(name);
        };
        const publishing = Array.from({ length: 500 }, (_, n) =>
          publish(`${round}/${n}`).catch(() => undefined),
        );
        await until(() => acknowledged.some((name) => name.startsWith(`${round}/`)));
        await new Promise((resolve) => setTimeout(resolve, patience)); // some moment, not a condition
        await process.kill();
        client.close(); // rejects what was not acknowledged
        await Promise.all(publishing);
      }
      const { delivered } = await aBrokerThatDelivers(journal);
      await until(() => acknowledged.every((name) => namesIn(delivered).includes(name)));
    },
  );

  it('does not deliver again what was delivered', async () => {
    const journal = aJournal();
    const first = await aBrokerThatDelivers(journal);
    await aRest(first.broker).channels.get('room').publish('before', undefined);
    await until(() => first.delivered.length === 1);
    await first.broker.close();
    const second = await aBrokerThatDelivers(journal);
    await aRest(second.broker).channels.get('room').publish('after', undefined);
    await until(() => second.delivered.length > 0);
    expect(namesIn(second.delivered)).toEqual(['after']);
    await until(() => statSync(journal).size === 0);
  });

  it('keeps what an orderly stop left over, so that nothing is given up', async () => {
    const journal = aJournal();
    const events: string[] = [];
    const rules = [{ channelFilter: 'room', deliver: () => Promise.reject(new Error('not now')) }];
    const broker = await aBroker({ rules, journal, timing, log: (_level, event) => events.push(event) });
    await aRest(broker).channels.get('room').publish('kept', undefined);
    await broker.close();
    expect(events).toContain('rule.postponed');
    expect(events).not.toContain('rule.abandoned');
    const { delivered } = await aBrokerThatDelivers(journal);
    await until(() => delivered.length === 1);
  });

  it('does not mind a delivery that succeeds after the broker has closed', async () => {
    const events: string[] = [];
    let release = () => {};
    const delivery = new Promise<void>((resolve) => (release = resolve));
    const broker = await aBroker({
      rules: [{ channelFilter: 'room', deliver: () => delivery }],
      journal: aJournal(),
      timing,
      log: (_level, event) => events.push(event),
    });
    await aRest(broker).channels.get('room').publish('late', undefined);
    await broker.close();
    release();
    await new Promise(setImmediate);
    expect(events.filter((event) => event.startsWith('rule'))).toEqual(['rule.postponed']);
  });

  it('passes over a line that a kill has torn or that promises something else, and over rules that are gone', async () => {
    const journal = aJournal();
    const envelope = {
      appId: 'app1',
      channel: 'room',
      source: 'channel.message',
      messages: [{ name: 'kept' }],
    };
    const lines = [
      { n: 1, rule: 'rule1', envelope },
      { n: 2, rule: 'rule9', envelope },
      { n: 3, rule: 'rule1', envelope: { ...envelope, appId: 'gone' } },
      { n: 4, lunch: 'at noon' },
    ];
    writeFileSync(journal, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"n":5,"rule":"ru`);
    const events: string[] = [];
    const delivered: AblyEnvelope[] = [];
    const deliver = (each: AblyEnvelope) => Promise.resolve(void delivered.push(each));
    await aBroker({
      rules: [{ channelFilter: 'room', deliver }],
      journal,
      timing,
      log: (_level, event) => events.push(event),
    });
    await until(() => delivered.length === 1);
    expect(namesIn(delivered)).toEqual(['kept']);
    expect(events.filter((event) => event === 'rule.unknown')).toHaveLength(2);
    expect(events.filter((event) => event === 'journal.torn-line')).toHaveLength(2);
  });

  it('forgets what is done, also while something always waits', () => {
    const path = aJournal();
    const journal = openDeliveries(path, () => undefined);
    onTestFinished(() => journal.close());
    const stuck = journal.promise({ rule: 'rule1', envelope: { appId: 'app1' } });
    const envelope = { appId: 'app1', messages: ['x'.repeat(100_000)] };
    for (let bytes = 0; bytes < 3 * JOURNAL_SLACK; bytes += 100_000) {
      journal.fulfil(journal.promise({ rule: 'rule1', envelope }));
    }
    expect(statSync(path).size).toBeLessThan(1.2 * JOURNAL_SLACK);
    expect(journal.unfinished().map(({ n }) => n)).toEqual([stuck]);
    expect(readFileSync(path, 'utf8')).toContain(`"n":${stuck}`);
  });

  it('keeps what was promised after everything before was done', () => {
    const path = aJournal();
    const before = openDeliveries(path, () => undefined);
    onTestFinished(() => before.close());
    const deliveries = ['first', 'second'].map((name) => ({
      rule: 'rule1',
      envelope: { appId: 'app1', messages: [{ name }] },
    }));
    for (const delivery of deliveries) before.fulfil(before.promise(delivery));
    before.promise({ rule: 'rule1', envelope: { appId: 'app1', messages: [{ name: 'kept' }] } });
    const after = openDeliveries(path, () => undefined); // as after a kill: `before` was never closed
    onTestFinished(() => after.close());
    expect(after.unfinished()).toMatchObject([{ envelope: { messages: [{ name: 'kept' }] } }]);
  });

  it('that cannot be written is told at the start, by name', async () => {
    const folder = aJournal();
    appendFileSync(folder, '');
    await expect(aBroker({ journal: join(folder, 'below-a-file.jsonl') })).rejects.toThrow(
      'below-a-file.jsonl',
    );
  });
});
