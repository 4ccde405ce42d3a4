import { describe, expect } from 'vitest';
import { ENV, readAuthEnv, readHistoryEnv } from '../lib/env.ts';
import { Misconfigured } from '../lib/errors.ts';
import { completeEnv, stubEnv, test } from './fixtures.ts';

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof Misconfigured) return error.details;
    throw error;
  }
  return [];
}

test('the environment has default channels', () => {
  expect(readAuthEnv()).toMatchObject({
    OUTGOING_CHANNEL: 'outgoing-chat',
    INCOMING_CHANNEL: 'incoming-chat',
  });
  expect(readHistoryEnv()).toEqual({
    CHAT_HISTORY_URL: completeEnv.CHAT_HISTORY_URL,
    HISTORY_SECRET: completeEnv.HISTORY_SECRET,
    IDENTITY_SECRET: completeEnv.IDENTITY_SECRET,
  });
});

test('ENV maps every name to itself', () => {
  for (const [key, name] of Object.entries(ENV)) expect(name).toBe(key);
});

describe('the environment of ably-auth', () => {
  test.each([
    ['ABLY_API_KEY', '', 'ABLY_API_KEY: must be set'],
    ['ABLY_API_KEY', 'app.key', 'ABLY_API_KEY: must be an Ably API key, <app>.<key>:<secret>'],
    ['IDENTITY_SECRET', '', 'IDENTITY_SECRET: must be set'],
    ['IDENTITY_SECRET', 'x'.repeat(31), 'IDENTITY_SECRET: must be at least 32 characters'],
    ['IDENTITY_SECRET_PREVIOUS', 'x'.repeat(31), 'IDENTITY_SECRET_PREVIOUS: must be at least 32 characters'],
    ['OUTGOING_CHANNEL', '*', 'OUTGOING_CHANNEL: must be one channel, without wildcards'],
    ['INCOMING_CHANNEL', 'room:*', 'INCOMING_CHANNEL: must be one channel, without wildcards'],
    ['INCOMING_CHANNEL', '[meta]log', 'INCOMING_CHANNEL: must be an Ably channel name'],
    ['ABLY_ENDPOINT', 'http://x', 'ABLY_ENDPOINT: must be a host name or an Ably routing name'],
    ['ABLY_PORT', '0', 'ABLY_PORT: must be a port number'],
    ['ABLY_PORT', '65536', 'ABLY_PORT: must be a port number'],
    ['ABLY_PORT', 'http', 'ABLY_PORT: must be a port number'],
    ['ABLY_TLS', 'yes', 'ABLY_TLS: must be true or false'],
    ['SOURCE_URL', 'javascript:alert(1)', 'SOURCE_URL: must begin with http:// or https://'],
  ])('rejects %s=%s', (name, value, problem) => {
    stubEnv({ [name]: value });
    expect(problemsOf(readAuthEnv)).toEqual([problem]);
  });

  test('reports every problem at once', () => {
    stubEnv({ ABLY_API_KEY: '', IDENTITY_SECRET: 'short', ABLY_PORT: '-1', ABLY_TLS: '1' });
    expect(problemsOf(readAuthEnv).map((problem) => problem.split(':')[0])).toEqual([
      'ABLY_API_KEY',
      'IDENTITY_SECRET',
      'ABLY_PORT',
      'ABLY_TLS',
    ]);
  });

  test('does not need the variables of chat-history', () => {
    stubEnv({ CHAT_HISTORY_URL: '', HISTORY_SECRET: '' });
    expect(problemsOf(readAuthEnv)).toEqual([]);
  });
});

describe('the environment of chat-history', () => {
  test.each([
    ['CHAT_HISTORY_URL', '', 'CHAT_HISTORY_URL: must be set'],
    ['CHAT_HISTORY_URL', 'history', 'CHAT_HISTORY_URL: must be an absolute address'],
    ['HISTORY_SECRET', 'short', 'HISTORY_SECRET: must be at least 16 characters'],
  ])('rejects %s=%s', (name, value, problem) => {
    stubEnv({ [name]: value });
    expect(problemsOf(readHistoryEnv)[0]).toBe(problem);
  });
});
