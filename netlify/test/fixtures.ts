import { test as base, vi } from 'vitest';

/** A complete environment, so that each test sets only the variables it is about. */
export const completeEnv = {
  ABLY_API_KEY: 'app.key:ably-secret',
  IDENTITY_SECRET: 'identity-secret-of-32-characters',
  IDENTITY_SECRET_PREVIOUS: '',
  CHAT_HISTORY_URL: 'http://127.0.0.1:1/history',
  HISTORY_SECRET: 'history-secret-of-some-length',
  OUTGOING_CHANNEL: '',
  INCOMING_CHANNEL: '',
  ABLY_ENDPOINT: '',
  ABLY_PORT: '',
  ABLY_TLS: '',
  SOURCE_URL: '',
};

export function stubEnv(variables: Partial<typeof completeEnv>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

interface Fixtures {
  /** Lines that the functions logged during this test. */
  logged: string[];
}

/** Each test starts with the complete environment. */
export const test = base.extend<Fixtures>({
  logged: [
    async ({}, use) => {
      const logged: string[] = [];
      stubEnv(completeEnv);
      vi.spyOn(console, 'error').mockImplementation((line: unknown) => void logged.push(String(line)));
      await use(logged);
      vi.unstubAllEnvs();
      vi.useRealTimers();
      vi.restoreAllMocks();
    },
    { auto: true },
  ],
});

const AUTH_URL = 'https://chat.example/.netlify/functions/ably-auth';

export const getRequest = (): Request => new Request(AUTH_URL);

export function postRequest(body: BodyInit): Request {
  return new Request(AUTH_URL, { method: 'POST', body });
}
