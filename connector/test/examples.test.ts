import { chatTableRoutes, INCOMING_CHANNEL } from '@chat/contract';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { parseConfig, parseEnvironment } from '../src/config/config.ts';
import { describeSettings } from '../src/config/describe.ts';
import { ENV } from '../src/config/env.ts';
import { createEvents } from '../src/events.ts';
import { createMetrics } from '../src/monitoring/metrics.ts';
import { followStatus } from '../src/monitoring/status.ts';
import { createLimits } from '../src/limits/limits.ts';
import { defaultOptions } from '../src/options.ts';

const FOLDER = join(import.meta.dirname, '../../connector-config');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

const fromJson = parseConfig(JSON.parse(read('chat.example.json')));

test('connector-config: both examples are valid and equivalent', () => {
  expect(parseEnvironment(parseEnv(read('chat.env.example')))).toMatchObject(fromJson);
});

test('connector-config: the examples publish every change of the chat on the incoming channel', () => {
  expect(fromJson.connector).toEqual(chatTableRoutes(INCOMING_CHANNEL));
});

test('connector-config: the .env example contains known names only, also in its comments', () => {
  const names = [...read('chat.env.example').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(names).toContain(ENV.ABLY_MAX_MESSAGE_SIZE);
  expect(names.filter((name) => !Object.keys(ENV).includes(name ?? ''))).toEqual([]);
});

/** `npm test -- connector/test/examples.test.ts -u` writes the list into the README. */
test('connector-config: the README lists the settings as --help does', async () => {
  const readme = read('README.md').replace(/(?<=^## Settings\n\n).*?(?=\n\n)/ms, () => describeSettings());
  expect(readme).toContain(describeSettings());
  await expect(readme).toMatchFileSnapshot(join(FOLDER, 'README.md'));
});

test.each(['grafana-dashboard.json', 'prometheus-alerts.yaml'])(
  'connector-config: %s uses only metrics that the connector has',
  async (name) => {
    const events = createEvents();
    const nothing = { pending: new Map<string, number>(), setAside: new Map<string, number>() };
    const metrics = createMetrics(
      events,
      followStatus(events, defaultOptions),
      () => Promise.resolve(null),
      () => Promise.resolve(nothing),
      createLimits(),
    );
    const text = await metrics.render();
    const existing = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, metric]) => metric));
    const used = [...read(name).matchAll(/\bconnector_[a-z_]+/g)].map(([metric]) => metric);
    expect(used.length).toBeGreaterThan(4);
    expect(used.filter((metric) => !existing.has(metric.replace(/_bucket$/, '')))).toEqual([]);
  },
);
