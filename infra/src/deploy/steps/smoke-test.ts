import { siteUrl } from '../../netlify/ensure.ts';
import { formatHops } from '../../smoke/smoke-test.ts';
import type { Clouds } from '../clouds.ts';
import { requireFact, type Step } from '../step.ts';

/** Proves the deployment: publishes, edits and deletes one message through the live system. */
export function smokeTestStep({ settings, smokeTest, print }: Clouds): Step {
  return {
    name: 'Smoke test',
    plan: () =>
      Promise.resolve([{ kind: 'run', what: 'publish, edit and delete a message through the live system' }]),
    async apply(facts) {
      // Without a connector no row change comes back, which is not a fault of the deployment.
      if (settings.CONNECTOR === 'none')
        return 'skipped: with CONNECTOR=none, nothing in the stack publishes row changes';
      const hops = await smokeTest(siteUrl(requireFact(facts.site, 'The Netlify site')));
      for (const line of formatHops(hops)) print(line);
      return 'published, edited and deleted a message through the live system';
    },
  };
}
