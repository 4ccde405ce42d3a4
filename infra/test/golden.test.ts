import { describe, expect, it } from 'vitest';
import { CONFIGURATIONS, synthesize, withoutHashes, type Configuration } from './support/synth.ts';

const configurations = Object.keys(CONFIGURATIONS) as Configuration[];

describe.each(configurations)('the stack "%s"', (configuration) => {
  // A change that was meant is written down by `vitest run -u`, and is seen in the review.
  it('is the golden template', async () => {
    const { json } = await synthesize(configuration);
    await expect(withoutHashes(json)).toMatchFileSnapshot(`../golden/${configuration}.snap`);
  });

  it('breaks no security rule, and explains each exception', async () => {
    const { report } = await synthesize(configuration);
    const [nag] = report.pluginReports.filter(({ pluginName }) => pluginName === 'AwsSolutions');
    expect(nag).toMatchObject({ conclusion: 'success', violations: [] });
    for (const { ruleName, reason = '' } of nag?.suppressedViolations ?? []) {
      expect(reason.split(' ').length, `the reason for ${ruleName}`).toBeGreaterThan(5);
    }
  });

  it('passes CloudFormation’s own rules', async () => {
    const { report } = await synthesize(configuration);
    expect(report.pluginReports.filter(({ conclusion }) => conclusion !== 'success')).toEqual([]);
  });
});
