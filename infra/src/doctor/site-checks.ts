import { parseInput, ROUTES, SessionSchema } from '@chat/contract';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { authKey } from '../ably/desired-state.ts';
import type { DeploySettings } from '../settings.ts';
import { ok, warning, wrong, type HealthCheck } from './health-check.ts';

/** Where the policy is written. */
const POLICY = 'chat-web-app/modules/security-policy.ts';

/** In ms. */
const TIMEOUT = 15_000;

/**
 * Ably rejects a TokenRequest whose timestamp differs by more than two minutes. Half of that, in
 * ms.
 */
const TOLERATED_DIFFERENCE = 60_000;

export interface SiteChecksOptions {
  readonly site: string;
  /** Address of Ably's time. */
  readonly ablyTime?: string;
  readonly settings: Pick<DeploySettings, 'OUTGOING_CHANNEL' | 'INCOMING_CHANNEL'>;
}

const CapabilitySchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.array(v.string())));

/**
 * Checks what a visitor can observe: the page's headers, the token's capability, clocks, and the
 * history.
 */
export function siteChecks(options: SiteChecksOptions): HealthCheck[] {
  const { site, ablyTime = 'https://main.realtime.ably.net/time', settings } = options;
  return [
    {
      name: 'Content security policy',
      async run() {
        const response = await get(site);
        const policy = response.headers.get('content-security-policy');
        if (!policy) {
          return wrong('missing', 'Check that the build writes it into _headers, then run npm run deploy.');
        }
        if (directive(policy, 'script-src').includes("'unsafe-inline'"))
          return wrong('allows inline scripts', `Restore ${POLICY}.`);
        return directive(policy, 'connect-src').some((source) => source.includes('ably.net'))
          ? ok('strict, and allows connections to Ably')
          : wrong('blocks connections to Ably', `Add Ably’s addresses to connect-src in ${POLICY}.`);
      },
    },
    {
      name: 'Token',
      async run() {
        const { tokenRequest } = await requestToken(site);
        const actual = parseInput(CapabilitySchema, tokenRequest.capability, 'The capability of the token');
        return isDeepStrictEqual(sorted(actual), sorted(authKey(settings).capability))
          ? ok('has exactly the capability that a client needs')
          : wrong(
              `has the capability ${JSON.stringify(actual)}`,
              'The channel names at Netlify and in .env differ: run npm run deploy.',
            );
      },
    },
    {
      name: 'Clock of the functions',
      async run() {
        const { tokenRequest } = await requestToken(site);
        const difference = Math.abs((await timeAtAbly(ablyTime)) - tokenRequest.timestamp);
        const summary = describeDifference(difference);
        return difference <= TOLERATED_DIFFERENCE
          ? ok(summary)
          : wrong(
              summary,
              'Ably rejects such tokens. Wait if the site runs on Netlify; run NTP on a server of your own.',
            );
      },
    },
    {
      name: 'Clock of this machine',
      async run() {
        const difference = Math.abs((await timeAtAbly(ablyTime)) - Date.now());
        const summary = describeDifference(difference);
        return difference <= TOLERATED_DIFFERENCE
          ? ok(summary)
          : warning(summary, 'Run NTP: AWS rejects requests that are more than five minutes off.');
      },
    },
    {
      name: 'History',
      async run() {
        for (const path of [`${ROUTES.chatHistory}?limit=1`, ROUTES.chatChanges, ROUTES.chatTimeline]) {
          const { ok: isFine, status } = await get(site + path);
          if (!isFine) return wrong(`${path} answers ${status}`, 'See HistoryErrors in docs/runbook.md.');
        }
        return ok('answers');
      },
    },
  ];
}

async function requestToken(site: string) {
  const response = await fetch(`${site}${ROUTES.ablyAuth}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok)
    throw new Error(`ably-auth answers ${response.status}: see the function’s log at Netlify`);
  return parseInput(SessionSchema, await response.json(), 'The answer of ably-auth');
}

const get = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });

/** In ms since the epoch. */
async function timeAtAbly(url: string): Promise<number> {
  const answer: unknown = await (await get(url)).json();
  const [now] = parseInput(v.tuple([v.number()]), answer, 'Ably’s time');
  return now;
}

const describeDifference = (ms: number): string => `${(ms / 1_000).toFixed(1)} s apart from Ably’s`;

function directive(policy: string, name: string): string[] {
  const found = policy.split(';').find((part) => part.trim().startsWith(`${name} `));
  return found?.trim().split(/\s+/).slice(1) ?? [];
}

const sorted = (capability: Record<string, string[]>) =>
  Object.entries(capability)
    .map(([channel, operations]) => [channel, operations.toSorted()] as const)
    .toSorted(([one], [other]) => one.localeCompare(other));
