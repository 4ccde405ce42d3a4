import { identityHeader } from './identity-header';
import type { TabStorage } from './tab-storage';

/** The request for the newest messages that the script in the page's head sends. */
export interface EarlyRequest {
  url: string;
  headers: Record<string, string>;
  /** Undefined when the request failed: the page then sends it again. */
  response: Promise<Response | undefined>;
}

declare global {
  interface Window {
    earlyHistory?: EarlyRequest | undefined;
  }
}

/** ms, also the greatest age of an answer: an older one might miss what a rewind no longer has. */
const TIMEOUT = 15_000;

/** Requests the newest messages while the page's modules are still on their way. */
export function requestEarly(url: string, tab: Pick<TabStorage, 'read'>): EarlyRequest {
  const headers = identityHeader(tab);
  const response = fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT) }).catch((error: unknown) => {
    console.warn('Reading messages early failed; the page requests them again.', error);
    return undefined;
  });
  return { url, headers, response };
}

/**
 * Returns a `fetch` whose first call gets the response of the early request, if it is the same
 * request: since then the tab may have become another person.
 */
export function withEarly(early: EarlyRequest | undefined): typeof fetch {
  let unused = early;
  return async (url, init) => {
    const candidate = unused;
    unused = undefined;
    const isSame =
      candidate?.url === url &&
      JSON.stringify(candidate.headers) === JSON.stringify(init?.headers) &&
      performance.now() < TIMEOUT;
    return (isSame && (await candidate.response)) || fetch(url, init);
  };
}
