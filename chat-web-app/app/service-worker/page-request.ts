/** Whether a request is for the page. What functions answer is never stored and never replaced. */
export function isPageRequest({ request, url }: { request: Pick<Request, 'mode'>; url: URL }): boolean {
  return request.mode === 'navigate' && !url.pathname.startsWith('/.netlify/');
}
