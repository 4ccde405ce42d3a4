/**
 * Returns how long the service wants the client to wait, in ms: from `Retry-After` (seconds, or a
 * date) or Netlify's `X-RateLimit-Reset` (seconds since the epoch).
 * @returns undefined without such a header
 */
export function readRetryAfter(headers: Headers, now = Date.now()): number | undefined {
  const after = headers.get('retry-after');
  if (after !== null) {
    const at = /^\d+$/.test(after) ? now + Number(after) * 1_000 : Date.parse(after);
    if (!Number.isNaN(at)) return Math.max(0, at - now);
  }
  const exhausted = headers.get('x-ratelimit-remaining') === '0';
  const reset = headers.get('x-ratelimit-reset') ?? '';
  return exhausted && /^\d+$/.test(reset) ? Math.max(0, Number(reset) * 1_000 - now) : undefined;
}
