import { afterEach, describe, expect, test, vi } from 'vitest';
import { registerServiceWorker } from '~/api/service-worker';
import { isPageRequest } from '~/service-worker/page-request';

afterEach(() => vi.unstubAllGlobals());

function stubBrowser(register: (path: unknown) => Promise<unknown>, trustedTypes?: object) {
  vi.stubGlobal('navigator', { serviceWorker: { register } });
  Object.assign(window, { trustedTypes });
}

describe('The service worker', () => {
  test('is registered under a path that the Trusted Types policy permits', async () => {
    const register = vi.fn(() => Promise.resolve());
    stubBrowser(register, {
      createPolicy: (name: string, rules: { createScriptURL: (input: string) => string }) => ({
        createScriptURL: (input: string) => ({ name, path: rules.createScriptURL(input) }),
      }),
    });
    await registerServiceWorker();
    expect(register).toHaveBeenCalledWith({ name: 'service-worker', path: '/service-worker.js' });
  });

  test('is registered where there are no Trusted Types', async () => {
    const register = vi.fn(() => Promise.resolve());
    stubBrowser(register);
    await registerServiceWorker();
    expect(register).toHaveBeenCalledWith('/service-worker.js');
  });

  test('logs a warning where the browser forbids it', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    stubBrowser(() => Promise.reject(new DOMException('denied', 'SecurityError')));
    await registerServiceWorker();
    expect(warn).toHaveBeenCalledOnce();
  });

  test.for([
    ['navigate', '/', true],
    ['navigate', '/?from=somewhere', true],
    ['navigate', '/.netlify/functions/chat-history', false],
    ['cors', '/.netlify/functions/ably-auth', false],
    ['no-cors', '/_nuxt/entry.js', false],
  ] as const)('answers a request of mode %s for %s with the page: %s', ([mode, path, isPage]) => {
    expect(isPageRequest({ request: { mode }, url: new URL(path, 'https://chat.example') })).toBe(isPage);
  });
});
