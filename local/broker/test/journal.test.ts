import type { AblyEnvelope } from '@chat/contract';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { JOURNAL_SLACK } from '@chat/journal';
import { openDeliveryJournal } from '../src/rules/delivery-journal.ts';
import { restClient, until } from './support/helpers.ts';
import { test as brokerTest } from './support/test.ts';

const SCRIPT = fileURLToPath(new URL('support/broker-with-rule.ts', import.meta.url));
const timing = { ruleRetryFirst: 1, ruleRetryMax: 5, shutdownTimeout: 50 };

const test = brokerTest
  .extend('journal', ({ onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'broker-journal-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    return join(folder, 'deliveries.jsonl');
  })
  // A broker in a process of its own, with a rule that always fails.
  .extend('spawnBroker', ({ journal, onTestFinished }) => async () => {
    const child = spawn(process.execPath, [SCRIPT, journal], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const kill = async () => {
      child.kill('SIGKILL');
      await exited;
    };
    onTestFinished(kill);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return { port: Number(line), kill };
  })
  .extend('startDeliveringBroker', ({ journal, startBroker }) => async () => {
    const delivered: AblyEnvelope[] = [];
    const deliver = (envelope: AblyEnvelope) => Promise.resolve(void delivered.push(envelope));
    const events: string[] = [];
    const broker = await startBroker({
      rules: [{ channelFilter: 'room', deliver }],
      journal,
      timing,
      log: (_level, event) => events.push(event),
    });
    return { broker, delivered, events };
  })
  // The journal itself, without a broker.
  .extend('open', ({ journal, onTestFinished }) => () => {
    const opened = openDeliveryJournal(journal, () => undefined);
    onTestFinished(() => opened.close());
    return opened;
  });

const namesIn = (envelopes: AblyEnvelope[]) =>
  envelopes.flatMap(({ messages }) => messages.map((message) => (message as { name: string }).name));

describe('the delivery journal', () => {
  test('restores the publishes acknowledged before a kill, in order, and nothing else', async ({
    journal,
    spawnBroker,
    startDeliveringBroker,
  }) => {
    const killable = await spawnBroker();
    const channel = restClient(killable).channels.get('room');
    await channel.publish('a', { text: 'ü' });
    await channel.publish([{ name: 'b' }, { name: 'c', data: Buffer.from([0, 255]) }]);
    await killable.kill();
    const { delivered } = await startDeliveringBroker();
    await until(() => delivered.length === 2);
    expect(namesIn(delivered)).toEqual(['a', 'b', 'c']);
    expect(delivered[0]).toMatchObject({
      appId: 'app1',
      channel: 'room',
      ruleId: 'rule1',
      messages: [{ data: '{"text":"ü"}', encoding: 'json' }],
    });
    expect(delivered[1]?.messages[1]).toMatchObject({ data: 'AP8=', encoding: 'base64' });
    await until(() => statSync(journal).size === 0); // the next start has nothing to resume
  });

  test(
    'contains every acknowledged publish, whenever the broker is killed',
    { timeout: 30_000 },
    async ({ realtimeClient, spawnBroker, startDeliveringBroker }) => {
      const acknowledged: string[] = [];
      for (const [round, delay] of [0, 20, 60].entries()) {
        const killable = await spawnBroker();
        const client = realtimeClient(killable);
        const channel = client.channels.get('room');
        const publish = async (name: string) => {
          await channel.publish(name, 'x'.repeat(2_000));
          acknowledged.push(name);
        };
        const publishing = Array.from({ length: 500 }, (_, n) =>
          publish(`${round}/${n}`).catch(() => undefined),
        );
        await until(() => acknowledged.some((name) => name.startsWith(`${round}/`)));
        await new Promise((resolve) => setTimeout(resolve, delay)); // an arbitrary moment
        await killable.kill();
        client.close(); // rejects unacknowledged publishes
        await Promise.all(publishing);
      }
      const { delivered } = await startDeliveringBroker();
      await until(() => acknowledged.every((name) => namesIn(delivered).includes(name)));
    },
  );

  test('does not restore finished deliveries', async ({ journal, startDeliveringBroker }) => {
    const first = await startDeliveringBroker();
    await restClient(first.broker).channels.get('room').publish('before', undefined);
    await until(() => first.delivered.length === 1);
    await first.broker.close();
    const second = await startDeliveringBroker();
    await restClient(second.broker).channels.get('room').publish('after', undefined);
    await until(() => second.delivered.length > 0);
    expect(namesIn(second.delivered)).toEqual(['after']);
    await until(() => statSync(journal).size === 0);
  });

  test('keeps deliveries that an orderly stop could not finish', async ({
    journal,
    startBroker,
    startDeliveringBroker,
  }) => {
    const events: string[] = [];
    const rules = [{ channelFilter: 'room', deliver: () => Promise.reject(new Error('unavailable')) }];
    const broker = await startBroker({ rules, journal, timing, log: (_level, event) => events.push(event) });
    await restClient(broker).channels.get('room').publish('kept', undefined);
    await broker.close();
    expect(events).toContain('rule.postponed');
    expect(events).not.toContain('rule.abandoned');
    const { delivered } = await startDeliveringBroker();
    await until(() => delivered.length === 1);
  });

  test('ignores a delivery that succeeds after the broker closed', async ({ journal, startBroker }) => {
    const events: string[] = [];
    let release = () => {};
    const delivery = new Promise<void>((resolve) => (release = resolve));
    const broker = await startBroker({
      rules: [{ channelFilter: 'room', deliver: () => delivery }],
      journal,
      timing,
      log: (_level, event) => events.push(event),
    });
    await restClient(broker).channels.get('room').publish('late', undefined);
    await broker.close();
    release();
    await new Promise(setImmediate);
    expect(events.filter((event) => event.startsWith('rule'))).toEqual(['rule.postponed']);
  });

  test('skips truncated and unknown lines and rules that no longer exist', async ({
    journal,
    startDeliveringBroker,
  }) => {
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
    const { delivered, events } = await startDeliveringBroker();
    await until(() => delivered.length === 1);
    expect(namesIn(delivered)).toEqual(['kept']);
    expect(events.filter((event) => event === 'rule.unknown')).toHaveLength(2);
    expect(events.filter((event) => event === 'journal.truncated-line')).toHaveLength(2);
  });

  test('is compacted, also while one delivery stays unfinished', ({ journal: path, open }) => {
    const journal = open();
    const unfinished = journal.add({ rule: 'rule1', envelope: { appId: 'app1' } });
    const envelope = { appId: 'app1', messages: ['x'.repeat(100_000)] };
    for (let bytes = 0; bytes < 3 * JOURNAL_SLACK; bytes += 100_000) {
      journal.finish(journal.add({ rule: 'rule1', envelope }));
    }
    expect(statSync(path).size).toBeLessThan(1.2 * JOURNAL_SLACK);
    expect(journal.unfinished().map(({ n }) => n)).toEqual([unfinished]);
    expect(readFileSync(path, 'utf8')).toContain(`"n":${unfinished}`);
  });

  test('keeps an entry added after all earlier ones finished', ({ open }) => {
    const before = open();
    const deliveries = ['first', 'second'].map((name) => ({
      rule: 'rule1',
      envelope: { appId: 'app1', messages: [{ name }] },
    }));
    for (const delivery of deliveries) before.finish(before.add(delivery));
    before.add({ rule: 'rule1', envelope: { appId: 'app1', messages: [{ name: 'kept' }] } });
    const after = open(); // as after a kill: `before` was not closed
    expect(after.unfinished()).toMatchObject([{ envelope: { messages: [{ name: 'kept' }] } }]);
  });

  test('that cannot be written fails the start with its path', async ({ journal: file, startBroker }) => {
    appendFileSync(file, '');
    await expect(startBroker({ journal: join(file, 'below-a-file.jsonl') })).rejects.toThrow(
      'below-a-file.jsonl',
    );
  });
});
