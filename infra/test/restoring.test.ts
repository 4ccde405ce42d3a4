import * as rds from '@aws-sdk/client-rds';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { OUTPUTS, REPOSITORY } from '../src/names.ts';
import { SYNTHESIS_TIMEOUT, synthesize } from './support/synth.ts';

vi.setConfig({ testTimeout: SYNTHESIS_TIMEOUT });

const page = readFileSync(join(REPOSITORY, 'docs/restoring.md'), 'utf8');

/** `db-instance-identifier` and `DBInstanceIdentifier` are the same in two spellings. */
const plain = (name: string): string => name.replaceAll('-', '').toLowerCase();

/** Each `aws rds` command of the page's blocks, and its options. */
const commands = [...page.matchAll(/^ *aws rds (?!wait)([a-z-]+)((?:.*\\\n)*.*)$/gm)].map(
  ([, command = '', rest = '']) => ({
    command,
    options: [...rest.matchAll(/ --(?:no-)?([a-z-]+)/g)].map(([, option = '']) => option),
  }),
);

/** Returns the parameters of an API call, from the SDK's description of it. */
function parametersOf(command: string): string[] {
  const [, description] =
    Object.entries(rds).find(([name]) => plain(name) === `${plain(command)}message$`) ?? [];
  if (!Array.isArray(description)) throw new Error(`RDS has no call ${command}`);
  return (description[4] as string[]).map(plain);
}

/** What RDS copies from the source, or what no restore can change. */
const COPIED =
  /^(Engine|EngineVersion|DBInstanceClass|DBName|MasterUsername|Port|Storage\w+|AllocatedStorage|AutoMinorVersionUpgrade|DeleteAutomatedBackups|Tags)$/;

const OPTION_OF: Record<string, string> = { VPCSecurityGroups: 'vpc-security-group-ids' };

describe('the steps of docs/restoring.md', () => {
  test('use calls and parameters that RDS has', () => {
    expect(commands.map(({ command }) => command)).toContain('restore-db-instance-to-point-in-time');
    for (const { command, options } of commands) {
      const parameters = parametersOf(command);
      const sent = options.filter((option) => option !== 'query' && option !== 'output');
      for (const option of sent) expect(parameters, `${command} --${option}`).toContain(plain(option));
    }
  });

  test('set everything that the stack sets and RDS does not copy', async () => {
    const { template } = await synthesize('production');
    const [{ Properties } = { Properties: {} }] = Object.values(
      template.findResources('AWS::RDS::DBInstance'),
    ) as { Properties: object }[];
    const needed = Object.keys(Properties).filter((name) => !COPIED.test(name));
    expect(needed).toContain('DBParameterGroupName');
    for (const name of needed) {
      const option = plain(OPTION_OF[name] ?? name);
      const mentioned = [...page.matchAll(/--(?:no-)?([a-z-]+)/g)].map(([, found = '']) => plain(found));
      expect(mentioned, name).toContain(option);
    }
  });

  test('use outputs that the stack has', () => {
    const used = [...page.matchAll(/<([A-Z]\w+)>/g)].map(([, name]) => name);
    expect(used.length).toBeGreaterThan(5);
    for (const name of used) expect(Object.values(OUTPUTS)).toContain(name);
  });
});
