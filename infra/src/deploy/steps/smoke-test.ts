import { siteUrl } from '../../netlify/ensure.ts';
import { formatHops } from '../../smoke/smoke-test.ts';
import { known, type Step, type World } from '../world.ts';

/** The proof: a message goes all the way, three times, and is gone again. */
export function smokeTestStep({ smokeTest, say }: World): Step {
  return {
    name: 'Smoke test',
    plan: () =>
      Promise.resolve([{ kind: 'run', what: 'publish, edit and delete a message through the live system' }]),
    async run(facts) {
      const hops = await smokeTest(siteUrl(known(facts.site, 'The site')));
      for (const line of formatHops(hops)) say(line);
      return 'a message went all the way, three times';
    },
  };
}
