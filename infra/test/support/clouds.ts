import { createControlApi } from '../../src/ably/control-api.ts';
import type { World } from '../../src/deploy/world.ts';
import { createNetlifyApi } from '../../src/netlify/netlify-api.ts';
import { readDeploySettings } from '../../src/settings.ts';
import { ABLY_TOKEN, startFakeAbly } from './fake-ably.ts';
import { createFakeAws } from './fake-aws.ts';
import { NETLIFY_TOKEN, startFakeNetlify } from './fake-netlify.ts';

export const SETTINGS = {
  AWS_REGION: 'eu-central-1',
  ABLY_CONTROL_TOKEN: ABLY_TOKEN,
  NETLIFY_AUTH_TOKEN: NETLIFY_TOKEN,
  SITE_NAME: 'my-chat',
};

/** An account at each cloud, and a way to deploy there with given settings. */
export async function startClouds(stage?: string) {
  const ably = await startFakeAbly();
  const netlify = await startFakeNetlify();
  const { aws, programs, state } = createFakeAws(stage);
  const lines: string[] = [];
  const waits: number[] = [];
  const answers: string[] = [];
  const smoke = { sites: [] as string[], failure: undefined as string | undefined };

  const wait = (ms: number): Promise<void> => {
    waits.push(ms);
    return Promise.resolve();
  };

  return {
    ably,
    netlify,
    aws: state,
    lines,
    waits,
    /** What the person will type. */
    answers,
    smoke,
    world(overrides: Record<string, string> = {}): World {
      const settings = readDeploySettings({ ...SETTINGS, ...(stage && { STAGE: stage }), ...overrides });
      return {
        settings,
        ably: createControlApi({ token: settings.ABLY_CONTROL_TOKEN, baseUrl: ably.url, wait }),
        netlify: createNetlifyApi({ token: settings.NETLIFY_AUTH_TOKEN, baseUrl: netlify.url, wait }),
        aws,
        programs,
        smokeTest(site) {
          smoke.sites.push(site);
          const { failure } = smoke;
          smoke.failure = undefined;
          return failure
            ? Promise.reject(new Error(failure))
            : Promise.resolve([{ name: 'publish', ms: 12 }]);
        },
        statusOf: (url) =>
          Promise.resolve(netlify.state.taken.some((name) => url.includes(`//${name}.`)) ? 200 : 404),
        say: (line) => void lines.push(line),
        ask: () => Promise.resolve(answers.shift() ?? ''),
      };
    },
    forget() {
      ably.faults.forget();
      netlify.faults.forget();
      state.runs.length = 0;
      lines.length = 0;
      waits.length = 0;
    },
    async close() {
      await Promise.all([ably.close(), netlify.close()]);
    },
  };
}

export type Clouds = Awaited<ReturnType<typeof startClouds>>;
