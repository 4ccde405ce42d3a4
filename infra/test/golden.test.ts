import { beforeAll, describe, expect, test } from 'vitest';
import {
  CONFIGURATIONS,
  SYNTHESIS_TIMEOUT,
  synthesize,
  withoutHashes,
  type Configuration,
} from './support/synth.ts';

const configurations = Object.keys(CONFIGURATIONS) as Configuration[];

describe.each(configurations)('the stack "%s"', (configuration) => {
  beforeAll(() => synthesize(configuration), SYNTHESIS_TIMEOUT);

  // After an intended change, `npm test -- infra -u` updates the golden template, and a reviewer
  // sees its diff.
  test('matches its golden template', async () => {
    const { json } = await synthesize(configuration);
    await expect(withoutHashes(json)).toMatchFileSnapshot(`../golden/${configuration}.snap`);
  });

  test('has no security violation, and a reason for each exception', async () => {
    const { report } = await synthesize(configuration);
    const [nag] = report.pluginReports.filter(({ pluginName }) => pluginName === 'AwsSolutions');
    expect(nag).toMatchObject({ conclusion: 'success', violations: [] });
    for (const { ruleName, reason = '' } of nag?.suppressedViolations ?? []) {
      expect(reason.split(' ').length, `the reason for ${ruleName}`).toBeGreaterThan(5);
    }
  });

  test('passes CloudFormation’s own rules', async () => {
    const { report } = await synthesize(configuration);
    expect(report.pluginReports.filter(({ conclusion }) => conclusion !== 'success')).toEqual([]);
  });
});
