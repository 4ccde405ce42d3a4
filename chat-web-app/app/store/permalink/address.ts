/**
 * Gives the page an address, without loading it again.
 * @param search its query, '' for none
 * @param isCorrection it takes the place of the present one, to which Back then does not lead
 */
export function setAddress(search: string, { isCorrection = false } = {}): void {
  const { location, history } = window;
  if (search === location.search) return;
  const change = isCorrection ? 'replaceState' : 'pushState';
  history[change](history.state, '', location.pathname + search);
}
