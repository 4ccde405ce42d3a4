import { createControlApi } from '../../src/ably/control-api.ts';
import type { Clouds } from '../../src/deploy/clouds.ts';
import { createNetlifyApi } from '../../src/netlify/netlify-api.ts';
import { readDeploySettings } from '../../src/settings.ts';
import { ABLY_TOKEN, startFakeAbly } from './fake-ably.ts';
import { startFakeAws } from './fake-aws.ts';
import { NETLIFY_TOKEN, publish, startFakeNetlify } from './fake-netlify.ts';

export const SETTINGS = {
  AWS_REGION: 'eu-central-1',
  ABLY_CONTROL_TOKEN: ABLY_TOKEN,
  NETLIFY_AUTH_TOKEN: NETLIFY_TOKEN,
  SITE_NAME: 'my-chat',
};

/** Starts a fake account at each cloud; `clouds()` connects a deployment to them. */
export async function startFakeClouds(stage?: string) {
  const ably = await startFakeAbly();
  const netlify = await startFakeNetlify();
  const { aws, programs, state, ...fakeAws } = await startFakeAws(stage);
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
    /** Address of the fake AWS. */
    awsUrl: fakeAws.url,
    /** Printed lines. */
    lines,
    /** Waits before retries, in ms; recorded instead of waited for. */
    waits,
    /** Answers to the next prompts. */
    answers,
    smoke,
    clouds(overrides: Record<string, string> = {}): Clouds {
      const settings = readDeploySettings({ ...SETTINGS, ...(stage && { STAGE: stage }), ...overrides });
      return {
        settings,
        ably: createControlApi({ token: settings.ABLY_CONTROL_TOKEN, baseUrl: ably.url, wait }),
        netlify: createNetlifyApi({ token: settings.NETLIFY_AUTH_TOKEN, baseUrl: netlify.url, wait }),
        aws,
        programs: {
          ...programs,
          async netlify(args, env) {
            const outcome = await programs.netlify(args, env);
            const title = args[args.indexOf('--message') + 1] ?? '';
            if (outcome.code === 0) publish(netlify.state, env['NETLIFY_SITE_ID'], title);
            return outcome;
          },
        },
        smokeTest(site) {
          smoke.sites.push(site);
          const { failure } = smoke;
          smoke.failure = undefined;
          return failure
            ? Promise.reject(new Error(failure))
            : Promise.resolve([{ name: 'publish', ms: 12 }]);
        },
        statusOf: (url) =>
          Promise.resolve(netlify.state.foreignNames.some((name) => url.includes(`//${name}.`)) ? 200 : 404),
        print: (line) => void lines.push(line),
        prompt: () => Promise.resolve(answers.shift() ?? ''),
      };
    },
    /** Clears everything recorded so far, but no state. */
    clearRecords() {
      ably.faults.clearRecords();
      netlify.faults.clearRecords();
      state.runs.length = 0;
      state.used.length = 0;
      lines.length = 0;
      waits.length = 0;
    },
    async close() {
      await Promise.all([ably.close(), netlify.close(), fakeAws.close()]);
    },
  };
}

export type FakeClouds = Awaited<ReturnType<typeof startFakeClouds>>;
