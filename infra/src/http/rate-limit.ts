/**
 * How long a service asks us to wait, in ms: `Retry-After` (seconds, or a date) or Netlify's `X-RateLimit-Reset` (seconds since
 * the epoch).
 * @returns undefined when it does not say
 */
export function readWait(headers: Headers, now = Date.now()): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null) {
    const at = /^\d+$/.test(after) ? now + Number(after) * 1_000 : Date.parse(after);
    if (!Number.isNaN(at)) return Math.max(0, at - now);
  }
  const exhausted = headers.get('x-ratelimit-remaining') === '0';
  const reset = headers.get('x-ratelimit-reset') ?? '';
  return exhausted && /^\d+$/.test(reset) ? Math.max(0, Number(reset) * 1_000 - now) : undefined;
}
