import { describe, expect, test, vi } from 'vitest';
import { findDestructiveChange } from '../src/destructive-changes.ts';
import { readStackSettings } from '../src/settings.ts';
import { REQUIRED, SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

/** One changed setting each; every change from one to another is tried. */
const CHOICES: Record<string, string>[] = [
  {},
  { DATABASE: 'aurora' },
  { DATABASE: 'aurora', DATABASE_MULTI_AZ: 'true' },
  { DATABASE_INSTANCE: 'm8g.large', DATABASE_MULTI_AZ: 'true', BACKUP_DAYS: '30' },
  { DATABASE_PROXY: 'true' },
  { INGEST: 'kinesis' },
  { INGEST: 'draining' },
  { CONNECTOR: 'none' },
  { CONNECTOR_CPU: 'x64', ALARM_EMAIL: 'alarms@example.com' },
  { RESERVE_CONCURRENCY: 'false', MESSAGES_PER_MINUTE: '60', INCOMING_CHANNEL: 'in' },
];

/** Resources that hold messages, or secrets without which messages cannot be read or edited. */
const STATEFUL = /^AWS::(RDS::DB(Instance|Cluster)|Kinesis::Stream|SQS::Queue|SecretsManager::Secret)$/;

const nameOf = (settings: object): string => JSON.stringify(settings).replaceAll('"', '');
const changes = CHOICES.flatMap((from) =>
  CHOICES.filter((to) => to !== from).map((to) => [`${nameOf(from)} to ${nameOf(to)}`, from, to] as const),
);

async function statefulOf(settings: Record<string, string>): Promise<string[]> {
  const { json } = await synthesize('standard', settings);
  const held = Object.entries(json.Resources).filter(
    ([, { Type, Properties }]) =>
      STATEFUL.test(Type) &&
      // The members of an Aurora cluster hold no data of their own.
      !(Type === 'AWS::RDS::DBInstance' && Object.hasOwn(Properties as object, 'DBClusterIdentifier')),
  );
  return held.map(([id]) => id);
}

async function outputsOf(settings: Record<string, string>): Promise<Record<string, string>> {
  const { json } = await synthesize('standard', settings);
  const { Outputs } = json as unknown as { Outputs: Record<string, { Value: unknown }> };
  return Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, String(Value)]));
}

describe('a change of the settings', () => {
  test.for(changes)('is refused if a resource with messages would go: %s', async ([, from, to]) => {
    const remaining = await statefulOf(to);
    const lost = (await statefulOf(from)).filter((id) => !remaining.includes(id));
    const refusal = findDestructiveChange(await outputsOf(from), readStackSettings({ ...REQUIRED, ...to }));
    // After `draining`, the stream is empty.
    if (from['INGEST'] === 'draining' && lost.every((id) => id.startsWith('IngestStream')))
      expect(refusal).toBeUndefined();
    else expect(refusal === undefined, refusal ?? `lost: ${lost.join()}`).toBe(lost.length === 0);
  });
});
