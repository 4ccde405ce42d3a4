import { encode } from '@msgpack/msgpack';
import { expect } from 'vitest';
import { Action, PresenceAction } from '../src/protocol/actions.ts';
import { collect, FORMATS, KEY, requestToken, restClient, until } from './support/helpers.ts';
import type { Frame, RawClient } from './support/raw-client.ts';
import { test } from './support/test.ts';

/** For other frames, set FUZZ_SEED=7. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const ROUNDS = 1_500;

/** Mulberry32: small and deterministic, so that failures are reproducible. */
function randomFrom(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: <Item>(items: readonly Item[]) => items[below(items.length)] as Item };
}

type Random = ReturnType<typeof randomFrom>;

const EVIL: unknown[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  1e300,
  2 ** 53,
  '',
  '\0',
  '__proto__',
  'constructor',
  '%E0%A4%A',
  '\ud800',
  'x'.repeat(70_000),
  [],
  [null],
  [[[[[]]]]],
  {},
  { toString: 1, length: -1 },
  { $: { $: { $: {} } } },
  '99999999999999-999@ffffffffffff',
  '00000000000000-000@',
];

/** Valid frames, with serials and ids that the broker issued. */
function validFrames({
  connectionId,
  channelSerial,
}: {
  connectionId: string;
  channelSerial: string;
}): Frame[] {
  const channel = 'fuzzed';
  return [
    { action: Action.HEARTBEAT, id: 'ping' },
    {
      action: Action.ATTACH,
      channel,
      flags: 0x1f0000,
      params: { rewind: '1', modes: 'subscribe' },
      channelSerial,
    },
    { action: Action.ATTACH, channel: '[?rewind=2m&rewindLimit=3]fuzzed' },
    { action: Action.DETACH, channel },
    {
      action: Action.MESSAGE,
      channel,
      msgSerial: 0,
      messages: [{ name: 'x', data: 'y', encoding: 'json', id: 'a:0' }],
    },
    {
      action: Action.MESSAGE,
      channel,
      msgSerial: 0,
      messages: [{ extras: { headers: { a: 1 } }, clientId: 'ann' }],
    },
    {
      action: Action.PRESENCE,
      channel,
      msgSerial: 0,
      presence: [{ action: PresenceAction.ENTER, data: 'x', id: `${connectionId}:0:0` }],
    },
    {
      action: Action.PRESENCE,
      channel,
      msgSerial: 0,
      presence: [{ action: PresenceAction.UPDATE }, { action: PresenceAction.LEAVE, clientId: 'ann' }],
    },
    { action: Action.SYNC, channel, channelSerial },
    { action: Action.AUTH, auth: { accessToken: 'app1.token' } },
    { action: Action.AUTH, auth: { accessToken: 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImFwcDEua2V5MSJ9.e30.x' } },
    { action: Action.DISCONNECT },
    { action: Action.CLOSE },
  ];
}

/** Replaces or adds something in a value, at any depth. */
function spoil(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.below(4) === 0) return random.pick(EVIL);
  if (Array.isArray(value)) return value.map((item) => (random.below(2) ? spoil(item, random) : item));
  const keys = [...Object.keys(value), random.pick(['extra', 'channel', 'msgSerial', 'error'])];
  const key = random.pick(keys);
  return { ...value, [key]: spoil((value as Frame)[key], random) };
}

/** Truncates, doubles or flips a bit of the bytes, or leaves them unchanged. */
function damage(bytes: Buffer, random: Random): Buffer {
  const kind = random.below(6);
  if (kind === 0) return bytes.subarray(0, random.below(bytes.length));
  if (kind === 1) return Buffer.concat([bytes, bytes]);
  if (kind === 2 && bytes.length > 0) {
    const copy = Buffer.from(bytes);
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  }
  return bytes;
}

test.for(FORMATS)(
  'the broker and its other connections survive malformed frames (%s)',
  { timeout: 30_000 },
  async (format, { startBroker, realtimeClient, connect }) => {
    const random = randomFrom(SEED);
    const errors: unknown[] = [];
    const broker = await startBroker({
      log: (level, event, details) => level === 'error' && errors.push(event, details),
    });
    const messages = await collect(realtimeClient(broker).channels.get('quiet'));
    const publisher = realtimeClient(broker).channels.get('quiet');

    let fuzzer: RawClient | undefined;
    let frames: Frame[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      if (!fuzzer || fuzzer.closeCode !== undefined) {
        const { client, connected } = await connect(broker, { clientId: 'ann' }, format);
        const { channelSerial } = await client.attach('fuzzed');
        const { connectionId } = connected as { connectionId: string };
        frames = validFrames({ connectionId, channelSerial: channelSerial as string });
        fuzzer = client;
      }
      const frame = spoil({ ...random.pick(frames), msgSerial: round }, random);
      const bytes = format === 'json' ? Buffer.from(JSON.stringify(frame) ?? '') : Buffer.from(encode(frame));
      fuzzer.sendRaw(damage(bytes, random), format === 'msgpack');
      if (round % 100 === 0) await publisher.publish(`${round}`, undefined);
      if (round % 20 === 0) await Promise.race([fuzzer.settled().catch(() => undefined), fuzzer.closed()]);
    }
    await until(() => messages.length === ROUNDS / 100);
    expect(errors).toEqual([]);
  },
);

test(
  'the broker accepts the upgrade for every query, however malformed',
  { timeout: 30_000 },
  async ({ startBroker, rawClient, connect }) => {
    const random = randomFrom(SEED);
    const errors: unknown[] = [];
    const broker = await startBroker({
      log: (level, event, details) => level === 'error' && errors.push(event, details),
    });
    const { connected } = await connect(broker);
    const { token } = await requestToken(broker, { clientId: 'ann' });
    const { connectionKey } = connected.connectionDetails as { connectionKey: string };
    const valid: Record<string, string> = {
      key: KEY,
      access_token: token,
      clientId: 'ann',
      resume: connectionKey,
      recover: connectionKey,
      format: 'msgpack',
      heartbeats: 'true',
      echo: 'false',
      v: '6',
      heartbeatInterval: '5000',
      remainPresentFor: '1000',
    };
    for (let round = 0; round < 200; round += 1) {
      const entries = Object.entries(valid).filter(() => random.below(2) === 0);
      const params = Object.fromEntries(
        entries.map(([name, value]) => {
          const text = damage(Buffer.from(value), random).toString('latin1');
          return [name, random.below(6) ? text : (JSON.stringify(random.pick(EVIL)) ?? '').slice(0, 3_000)];
        }),
      );
      const client = await rawClient(broker, params, params.format === 'msgpack' ? 'msgpack' : 'json');
      const first = await client.nextOf([Action.CONNECTED, Action.ERROR]);
      if (first.action === Action.ERROR)
        expect(first.error).toMatchObject({ code: expect.any(Number) as number });
      client.cut();
    }
    expect(errors).toEqual([]);
    await restClient(broker).time();
  },
);

test(
  'the broker replies to every malformed request with a status below 500',
  { timeout: 30_000 },
  async ({ startBroker }) => {
    const random = randomFrom(SEED);
    const errors: unknown[] = [];
    const broker = await startBroker({
      log: (level, event, details) => level === 'error' && errors.push(event, details),
    });
    await restClient(broker).channels.get('room').publish('x', undefined);
    const paths = [
      '/channels/room/messages?limit=1&cursor=x&from_serial=0&start=1&end=2&direction=forwards&envelope=json',
      '/channels/room/presence/history?limit=1',
      '/channels/room/presence?clientId=x&envelope=msgpack',
      '/channels/room',
      '/channels/%E0%A4%A/messages',
      '/keys/app1.key1/requestToken',
      '/keys/app1.key1/revokeTokens',
      '/presence?channels=a,b',
      '/messages',
      '/apps',
      '/stats',
      '/time',
    ];
    const bodies: unknown[] = [
      [{ name: 'x', id: 'a:0' }],
      { channels: ['a'], messages: { data: 1 } },
      { keyName: 'app1.key1', ttl: 1, timestamp: Date.now(), nonce: 'n'.repeat(16), mac: 'x' },
      { keys: [{ capability: '{}' }], channels: [{ name: 'x', presence: [{ clientId: 'a', data: {} }] }] },
    ];
    for (let round = 0; round < 400; round += 1) {
      const path = damage(Buffer.from(random.pick(paths)), random)
        .toString('latin1')
        .replace(/^\/*/, '/');
      const isMsgpack = random.below(2) === 0;
      const body = spoil(random.pick(bodies), random);
      const bytes = isMsgpack ? Buffer.from(encode(body)) : Buffer.from(JSON.stringify(body) ?? '');
      const hasBody = random.below(2) === 0;
      const response = await fetch(broker.url + path, {
        method: hasBody ? 'POST' : random.pick(['GET', 'DELETE', 'OPTIONS', 'PUT']),
        headers: {
          authorization: random.pick([
            `Basic ${btoa(KEY)}`,
            'Basic %%%',
            'Bearer x.y',
            `Bearer ${btoa('app1.zzz')}`,
            '',
          ]),
          'content-type': isMsgpack ? 'application/x-msgpack' : 'application/json',
          accept: random.pick(['application/json', 'application/x-msgpack', '*/*', ';']),
          'x-ably-version': random.pick(['6', '-1', 'x']),
          'x-ably-clientid': random.pick(['YW5u', '!', '']),
        },
        ...(hasBody && { body: new Uint8Array(damage(bytes, random)) }),
      });
      await response.arrayBuffer();
      expect(response.status, `${path} in round ${round}`).toBeLessThan(500);
    }
    expect(errors).toEqual([]);
  },
);
