import { parseConfig, parseEnvironment } from '@chat/connector';
import { ENV } from '@chat/connector/env';
import { INCOMING_CHANNEL } from '@chat/contract';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

const fromJson = parseConfig(JSON.parse(read('chat.example.json')));

test('both examples are accepted by the connector, and mean the same', () => {
  expect(parseEnvironment(parseEnv(read('chat.env.example')))).toMatchObject(fromJson);
});

test('they send every kind of change of the chat to the channel that its readers listen to', () => {
  expect(fromJson.connector).toEqual(
    ['INSERT', 'UPDATE', 'DELETE'].map((operation) => ({
      tablename: 'chat_data',
      ablychannelname: INCOMING_CHANNEL,
      operation,
    })),
  );
});

test('the README explains every environment name, and no other', () => {
  const named = [...read('README.md').matchAll(/^\|[^|]*\| `([A-Z_]+)` *\|/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(Object.values(ENV).sort());
});

test('the .env example names only what exists, also in its comments', () => {
  const named = [...read('chat.env.example').matchAll(/^(?:# )?([A-Z_]+)=/gm)].map(([, name]) => name);
  expect(named.filter((name) => !Object.keys(ENV).includes(name ?? ''))).toEqual([]);
});

test('the README explains every key of the JSON example', () => {
  const readme = read('README.md');
  const keysOf = (value: unknown, path: string): string[] => {
    if (Array.isArray(value)) return keysOf(value[0], `${path}[]`);
    if (value === null || typeof value !== 'object') return [path];
    return Object.entries(value).flatMap(([key, inner]) =>
      keysOf(inner, path === '' ? key : `${path}.${key}`),
    );
  };
  for (const key of keysOf(fromJson, '')) expect(readme).toContain(`\`${key}\``);
});
