/** The address of a message is that of the page with this parameter; others are kept. */
const MESSAGE = 'message';
/** The address of the chat as it was at a time, ms since the epoch. */
const TIME = 'at';

/** ms. The range of JavaScript's dates is the same on both sides of 1970. */
const MAX_TIME = 8_640_000_000_000_000;

/** @param search the query of an address, such as `?message=…` */
export function linkedMessage(search: string): string | undefined {
  return new URLSearchParams(search).get(MESSAGE) || undefined;
}

export function withMessage(search: string, msgId: string): string {
  return changed(search, (parameters) => parameters.set(MESSAGE, msgId));
}

/** Returns null for an address of the present, and for a time that no date can be. */
export function linkedTime(search: string): number | null {
  const text = new URLSearchParams(search).get(TIME) ?? '';
  return /^-?\d{1,16}$/.test(text) && Math.abs(Number(text)) <= MAX_TIME ? Number(text) : null;
}

/** @param at ms since the epoch */
export function withTime(search: string, at: number): string {
  return changed(search, (parameters) => parameters.set(TIME, String(at)));
}

/** Leads to the newest messages. */
export function ofPresent(search: string): string {
  return changed(search, (parameters) => {
    parameters.delete(TIME);
    parameters.delete(MESSAGE);
  });
}

function changed(search: string, change: (parameters: URLSearchParams) => void): string {
  const parameters = new URLSearchParams(search);
  change(parameters);
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}
