import { describe, expect, test } from 'vitest';
import { allows, intersect, parseCapability, type Capability } from '../src/auth/capability.ts';

describe('a capability', () => {
  test.for([
    ['*', 'room', true],
    ['*', 'room:a:b', true],
    ['room', 'room', true],
    ['room', 'room:a', false],
    ['room:a', 'room', false],
    ['room:*', 'room:a', true],
    ['room:*', 'room:a:b', true],
    ['room:*', 'room', false],
    ['room*', 'rooms', false],
    ['*:a', 'room:a', true],
    ['*:a', 'room:b:a', false],
    ['a:*:c', 'a:b:c', true],
    ['a:*:c', 'a:b:d', false],
    ['*', '[meta]log', false],
    ['[meta]*', '[meta]log', true],
    ['[meta]*', 'log', false],
    ['[*]*', '[meta]log', true],
    ['[*]*', 'room', true],
  ] as const)('for %s covers %s: %s', ([resource, channel, expected]) => {
    expect(allows({ [resource]: ['subscribe'] }, channel, 'subscribe')).toBe(expected);
  });

  test('allows nothing on a metachannel but reading it', () => {
    const allowed = (['subscribe', 'history', 'publish', 'presence', 'privileged-headers'] as const).filter(
      (operation) => allows({ '[*]*': ['*'] }, '[meta]log', operation),
    );
    expect(allowed).toEqual(['subscribe', 'history']);
  });

  test('allows what any matching resource allows', () => {
    const capability: Capability = { '*': ['subscribe'], 'room:*': ['publish'] };
    expect(allows(capability, 'room:a', 'subscribe')).toBe(true);
    expect(allows(capability, 'room:a', 'publish')).toBe(true);
    expect(allows(capability, 'other', 'publish')).toBe(false);
  });
});

describe('the intersection of a requested capability and that of a key', () => {
  const key: Capability = {
    channel0: ['publish'],
    channel2: ['publish', 'subscribe'],
    channel6: ['*'],
    'can:*': ['publish'],
  };

  test.for<[Capability, Capability]>([
    [{ channel2: ['presence', 'subscribe'] }, { channel2: ['subscribe'] }],
    [{ channel2: ['presence', 'subscribe'], elsewhere: ['publish'] }, { channel2: ['subscribe'] }],
    [{ channel2: ['*'] }, { channel2: ['publish', 'subscribe'] }],
    [{ channel6: ['publish', 'subscribe'] }, { channel6: ['publish', 'subscribe'] }],
    [{ channel6: ['*'] }, { channel6: ['*'] }],
    [{ 'can:check': ['publish'] }, { 'can:check': ['publish'] }],
    [{ 'can:*': ['*'] }, { 'can:*': ['publish'] }],
    [{ '*': ['subscribe'] }, { channel2: ['subscribe'], channel6: ['subscribe'] }],
  ])('of %j is %j', ([requested, expected]) => {
    expect(intersect(requested, key)).toEqual(expected);
  });

  test.for<Capability>([
    { channel0: ['subscribe'] },
    { elsewhere: ['*'] },
    { 'can:test': ['subscribe'] },
    { can: ['*'] },
  ])('of %j is empty and rejected', (requested) => {
    expect(() => intersect(requested, key)).toThrow(expect.objectContaining({ code: 40160 }));
  });

  test('keeps the narrower resource', () => {
    expect(intersect({ '*': ['*'] }, { '*': ['subscribe'] })).toEqual({ '*': ['subscribe'] });
    expect(intersect({ 'a:*': ['*'] }, { '[*]*': ['*'] })).toEqual({ 'a:*': ['*'] });
  });
});

test.for([
  '',
  '{',
  'null',
  '{"":["publish"]}',
  '{"a":"publish"}',
  '{"a":[]}',
  '{"a":["publish_"]}',
  '{"a":["*","publish"]}',
])('a capability is not parsed from %s', (text) => {
  expect(() => parseCapability(text)).toThrow(expect.objectContaining({ code: 40000 }));
});
