import { parseInput, SessionSchema } from '@chat/contract';
import * as v from 'valibot';
import { isDeepStrictEqual } from 'node:util';
import { authKey } from '../ably/wishes.ts';
import type { DeploySettings } from '../settings.ts';
import { ok, warning, wrong, type Examination } from './diagnosis.ts';

const TIMEOUT = 15_000;

/** A TokenRequest is refused by Ably beyond two minutes; half of it is too much already. In ms. */
const TOLERATED_CLOCK = 60_000;

export interface SiteUnderExamination {
  readonly site: string;
  /** Where Ably says what time it is. */
  readonly ablyTime?: string;
  readonly settings: Pick<DeploySettings, 'OUTGOING_CHANNEL' | 'INCOMING_CHANNEL'>;
}

const CapabilitySchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.array(v.string())));

/** What can be seen from outside: headers of the page, rights of a token, clocks. */
export function siteExaminations(subject: SiteUnderExamination): Examination[] {
  const { site, ablyTime = 'https://main.realtime.ably.net/time', settings } = subject;
  return [
    {
      name: 'Content security policy',
      async look() {
        const response = await get(site);
        const policy = response.headers.get('content-security-policy');
        if (!policy)
          return wrong('the page has none', 'Was netlify.toml deployed with it? Run npm run deploy.');
        const scripts = directive(policy, 'script-src');
        if (scripts.includes("'unsafe-inline'"))
          return wrong('inline scripts are allowed', 'Restore netlify.toml.');
        return directive(policy, 'connect-src').some((source) => source.includes('ably.net'))
          ? ok('strict, and Ably may be called')
          : wrong(
              'it keeps the page from calling Ably',
              'Add Ably’s addresses to connect-src in netlify.toml.',
            );
      },
    },
    {
      name: 'Token',
      async look() {
        const { tokenRequest } = await session(site);
        const actual = parseInput(CapabilitySchema, tokenRequest.capability, 'The capability of the token');
        return isDeepStrictEqual(sorted(actual), sorted(authKey(settings).capability))
          ? ok(`for one person, with the rights that it must have and no others`)
          : wrong(
              `it may do ${JSON.stringify(actual)}`,
              'The channels of Netlify and .env differ: npm run deploy.',
            );
      },
    },
    {
      name: 'Clock of the functions',
      async look() {
        const { tokenRequest } = await session(site);
        const [now = Number.NaN] = parseInput(
          v.array(v.number()),
          await (await get(ablyTime)).json(),
          'Ably’s time',
        );
        const difference = Math.abs(now - tokenRequest.timestamp);
        const seconds = `${(difference / 1_000).toFixed(1)} s apart from Ably’s`;
        return difference <= TOLERATED_CLOCK
          ? ok(seconds)
          : wrong(
              seconds,
              'Ably refuses such tokens. On Netlify this passes; on a server of your own, run NTP.',
            );
      },
    },
    {
      name: 'Clock of this machine',
      async look() {
        const [now = Number.NaN] = parseInput(
          v.array(v.number()),
          await (await get(ablyTime)).json(),
          'Ably’s time',
        );
        const difference = Math.abs(now - Date.now());
        const seconds = `${(difference / 1_000).toFixed(1)} s apart from Ably’s`;
        return difference <= TOLERATED_CLOCK
          ? ok(seconds)
          : warning(seconds, 'AWS refuses requests five minutes off.');
      },
    },
    {
      name: 'History',
      async look() {
        const response = await get(`${site}/.netlify/functions/chat-history?limit=1`);
        return response.ok
          ? ok('answers')
          : wrong(`answers ${response.status}`, 'See HistoryErrors in docs/runbook.md.');
      },
    },
  ];
}

async function session(site: string) {
  const response = await fetch(`${site}/.netlify/functions/ably-auth`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(TIMEOUT),
  });
  if (!response.ok)
    throw new Error(`ably-auth answers ${response.status}: see the log of the function at Netlify`);
  return parseInput(SessionSchema, await response.json(), 'The answer of ably-auth');
}

const get = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });

function directive(policy: string, name: string): string[] {
  const found = policy.split(';').find((part) => part.trim().startsWith(`${name} `));
  return found?.trim().split(/\s+/).slice(1) ?? [];
}

const sorted = (capability: Record<string, string[]>) =>
  Object.entries(capability)
    .map(([channel, operations]) => [channel, operations.toSorted()] as const)
    .toSorted(([one], [other]) => one.localeCompare(other));
