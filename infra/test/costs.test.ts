import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../src/names.ts';
import { SYNTHESIS_TIMEOUT, synthesize, type Configuration } from './support/synth.ts';

/** The numbers of docs/costs.md, computed from its rates and the templates. */
const page = readFileSync(join(REPOSITORY, 'docs/costs.md'), 'utf8');
const HOURS = 730;

/** First cell → number in the last numeric cell of each row. */
const rows = new Map(
  [...page.matchAll(/^\| ([^|]+?) +\|(?:[^|\n]*\|)*? +([\d.]+) \|/gm)].map(([, name = '', value = '']) => [
    name.replace(' (unproved)', ''),
    Number(value),
  ]),
);

function rate(name: string): number {
  const value = rows.get(name);
  if (value === undefined) throw new Error(`docs/costs.md has no rate "${name}"`);
  return value;
}

beforeAll(() => synthesize('standard'), SYNTHESIS_TIMEOUT);

type Properties = Record<string, unknown>;

/** Properties of all resources of this type. */
async function resources(configuration: Configuration, type: string): Promise<Properties[]> {
  const { json } = await synthesize(configuration);
  const found = Object.values(json.Resources).filter(({ Type }) => Type === type);
  return found.map(({ Properties }) => (Properties ?? {}) as Properties);
}

async function monthly(configuration: Configuration, cpu: 'ARM' | 'x64' = 'ARM'): Promise<number> {
  const of = (type: string) => resources(configuration, type);
  let sum = 0;
  for (const { DBInstanceClass, AllocatedStorage, MultiAZ } of await of('AWS::RDS::DBInstance')) {
    if (DBInstanceClass === 'db.serverless') sum += 0.5 * HOURS * rate('Aurora Serverless v2');
    else {
      const storage = Number(AllocatedStorage) * rate('RDS storage, gp3');
      sum += (HOURS * rate('RDS `db.t4g.micro`, one zone') + storage) * (MultiAZ ? 2 : 1);
    }
  }
  const [task] = await of('AWS::ECS::TaskDefinition');
  for (const { DesiredCount } of await of('AWS::ECS::Service')) {
    const vcpu = (Number(task?.['Cpu']) / 1024) * rate(`Fargate ${cpu}`);
    const memory = (Number(task?.['Memory']) / 1024) * rate(`Fargate ${cpu}, memory`);
    sum += Number(DesiredCount) * HOURS * (vcpu + memory + rate('public IPv4 address'));
  }
  for (const { SubnetIds } of await of('AWS::EC2::VPCEndpoint'))
    sum += (SubnetIds as unknown[]).length * HOURS * rate('interface endpoint');
  // The deployment itself makes one more, with the connector's key.
  sum += ((await of('AWS::SecretsManager::Secret')).length + 1) * rate('secret');
  sum += (await of('AWS::KMS::Key')).length * rate('KMS key');
  sum += (await of('AWS::CloudWatch::Alarm')).length * rate('alarm');
  sum += (await of('AWS::Kinesis::Stream')).length * HOURS * rate('Kinesis, on demand');
  // A proxy has at least two vCPUs.
  sum += (await of('AWS::RDS::DBProxy')).length * 2 * HOURS * rate('RDS Proxy');
  return sum;
}

describe('docs/costs.md', () => {
  test.each<[string, Configuration]>([
    ['default settings', 'standard'],
    ['`CONNECTOR=none`', 'hosted-connector'],
    ['`DATABASE_PROXY=true`', 'proxy'],
    ['`INGEST=kinesis`', 'kinesis'],
    ['`DATABASE=aurora`, `DATABASE_MULTI_AZ=true`', 'aurora'],
  ])('has the sum of %s', async (name, configuration) => {
    expect(rows.get(name)).toBeCloseTo(await monthly(configuration), 1);
  });

  test('has the sums of settings that no golden template has alone', async () => {
    const standard = await monthly('standard');
    const database = HOURS * rate('RDS `db.t4g.micro`, one zone') + 20 * rate('RDS storage, gp3');
    const aurora = 0.5 * HOURS * rate('Aurora Serverless v2');
    expect(rows.get('`DATABASE_MULTI_AZ=true`')).toBeCloseTo(standard + database, 1);
    expect(rows.get('`DATABASE=aurora`')).toBeCloseTo(standard - database + aurora, 1);
    expect(rows.get('`CONNECTOR_CPU=x64`')).toBeCloseTo(await monthly('standard', 'x64'), 1);
  });

  test('has the cost of a million messages by service', () => {
    const people = 20;
    const messages = 3 + people;
    expect(rows.get(`Ably, ${messages} million messages`)).toBeCloseTo(messages * rate('Ably message'), 2);
    const gbSeconds = 1e6 * 0.05 * 0.5;
    const lambda = rate('Lambda request') + gbSeconds * rate('Lambda ARM');
    expect(rows.get('Lambda')).toBeCloseTo(lambda, 2);
    expect(rows.get('CloudWatch logs')).toBeCloseTo(1e6 * 5e-7 * rate('CloudWatch logs, ingested'), 2);
    expect(rows.get('database storage, for each month')).toBeCloseTo(rate('RDS storage, gp3'), 2);
  });

  test('links a page for each rate', () => {
    const cells = [...page.matchAll(/^\| [^\n]*\[[\w ]+\]\[(\w+)\] +\|$/gm)].map(
      ([, reference]) => reference,
    );
    expect(cells.length).toBeGreaterThan(15);
    for (const reference of cells) expect(page).toMatch(new RegExp(`^\\[${reference}\\]:`, 'm'));
  });
});
