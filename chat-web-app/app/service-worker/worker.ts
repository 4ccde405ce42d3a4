import { PrecacheFallbackPlugin, precacheAndRoute } from 'workbox-precaching';
import type { PrecacheEntry } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { NetworkOnly } from 'workbox-strategies';
import { isPageRequest } from './page-request';

/**
 * The service worker: it stores one build of the page, so that a reload while offline shows the page
 * with the send queue. Built by modules/service-worker.ts, which puts in the list of files.
 */
declare const FILES_OF_THIS_BUILD: PrecacheEntry[];

/** Seconds, for a network that neither answers nor fails. */
const PAGE_TIMEOUT = 5;

// Without a directory index: the page itself comes from the network, as below. A new build's worker
// waits until every tab of the old one is closed, so these keep their files until then.
precacheAndRoute(FILES_OF_THIS_BUILD, { directoryIndex: '', cleanURLs: false });

// The network first, so that a deployment reaches every tab with its next load. The stored page fits
// the stored files; a copy of the last page shown might need files of a newer build.
registerRoute(
  isPageRequest,
  new NetworkOnly({
    networkTimeoutSeconds: PAGE_TIMEOUT,
    plugins: [new PrecacheFallbackPlugin({ fallbackURL: '/index.html' })],
  }),
);
