const PATH = '/service-worker.js';

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL: () => string },
  ): {
    createScriptURL(input: string): string;
  };
}

/**
 * Registers the service worker of the built site, which shows the page while offline. Without it (in
 * development, without HTTPS, in a private window of some browsers) the page works online only.
 */
export async function registerServiceWorker(): Promise<void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  if (import.meta.dev || !serviceWorker) return;
  try {
    await serviceWorker.register(trusted());
  } catch (error) {
    console.warn('Registering the service worker failed: a reload while offline shows no page.', error);
  }
}

/** The path, as the security policy demands it. The policy of this name permits no other. */
function trusted(): string {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('service-worker', { createScriptURL: () => PATH });
  return policy?.createScriptURL(PATH) ?? PATH;
}
