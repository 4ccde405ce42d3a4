/** The address of a message is that of the page with this parameter; others are kept. */
const PARAMETER = 'message';

/** @param search the query of an address, such as `?message=…` */
export function linkedMessage(search: string): string | undefined {
  return new URLSearchParams(search).get(PARAMETER) || undefined;
}

export function withMessage(search: string, msgId: string): string {
  const parameters = new URLSearchParams(search);
  parameters.set(PARAMETER, msgId);
  return `?${parameters.toString()}`;
}
