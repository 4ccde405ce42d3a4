import { describe, expect } from 'vitest';
import { createNameIndex } from '~/store/names/name-index';
import { aDelete, aRow } from '../support/a-row';
import { test } from '../support/started-store';

const ANN = '4f2a91c0-0000-4000-8000-000000000001';
const EVE = 'b7d1c3e8-0000-4000-8000-000000000002';

describe('The index of names', () => {
  test('gives no tag while every name has one author', () => {
    const index = createNameIndex();
    expect(index.add('Ann', ANN)).toBe(false);
    expect(index.add('Ann', ANN)).toBe(false);
    expect(index.add('Eve', EVE)).toBe(false);
    expect([index.tagOf('Ann', ANN), index.tagOf('Eve', EVE)]).toEqual(['', '']);
  });

  test.for(['Ann', 'ann', ' A n n ', 'Ａｎｎ', 'Ánn', 'A\u200bnn', 'A\u00adn\u0301n'])(
    'tags both authors when another one is called %j',
    (name) => {
      const index = createNameIndex();
      index.add('Ann', ANN);
      expect(index.add(name, EVE)).toBe(true);
      expect([index.tagOf('Ann', ANN), index.tagOf(name, EVE)]).toEqual(['4f2a', 'b7d1']);
    },
  );

  test('drops the tag when the other author is gone, however often it was added', () => {
    const index = createNameIndex();
    index.add('Ann', ANN);
    index.add('Ann', EVE);
    expect(index.add('ann', EVE)).toBe(false);
    expect(index.remove('Ann', EVE)).toBe(false);
    expect(index.tagOf('Ann', ANN)).toBe('4f2a');
    expect(index.remove('Ann', EVE)).toBe(true);
    expect(index.tagOf('Ann', ANN)).toBe('');
    expect(index.remove('Ann', EVE)).toBe(false);
  });

  test('makes tags longer until they differ', () => {
    const index = createNameIndex();
    const alike = '4f2a91c0-ffff-4000-8000-000000000003';
    index.add('Ann', ANN);
    index.add('Ann', alike);
    expect([index.tagOf('Ann', ANN), index.tagOf('Ann', alike)]).toEqual(['4f2a91c00', '4f2a91c0f']);
  });

  test.for([
    'Ann #4f2a',
    'Ann #4f2a\u200b',
    'Ann #\u200b4f2a',
    'Ann ＃4f2a',
    'Ann ♯4f2a',
    'Ann #4f2а.',
    'Ann #4f2a\u2800',
  ])('tags the name %j, which itself looks like one with a tag', (name) => {
    const index = createNameIndex();
    index.add(name, EVE);
    expect(index.tagOf(name, EVE)).toBe('b7d1');
  });

  test('tags a row that no client wrote', () => {
    const index = createNameIndex();
    index.add('Ann', ANN);
    index.add('Ann', '');
    expect(index.tagOf('Ann', '')).toBe('?');
  });
});

describe('The store', () => {
  test('collects the names of rows, of the presence set and of this tab', ({
    chat: { api, store, insert },
  }) => {
    const tag = (name: string, clientId: string) => store.state.names.index.tagOf(name, clientId);
    expect(tag('Me', 'me')).toBe('');
    insert(aRow(1, { username: 'Me', client_id: EVE }));
    expect([tag('Me', 'me'), tag('Me', EVE)]).toEqual(['me', 'b7d1']);

    api.listener?.onPresenceChange({
      kind: 'present',
      clientId: ANN,
      connectionId: '1',
      data: { name: 'Bo' },
    });
    expect(tag('Bo', ANN)).toBe('');
    const before = store.state.names.version;
    api.listener?.onPresenceSnapshot([
      { kind: 'present', clientId: ANN, connectionId: '1', data: { name: 'Bo' } },
      { kind: 'present', clientId: EVE, connectionId: '2', data: { name: 'BO' } },
    ]);
    expect([tag('Bo', ANN), tag('BO', EVE)]).toEqual(['4f2a', 'b7d1']);
    expect(store.state.names.version).toBeGreaterThan(before);
    api.listener?.onPresenceSnapshot([]);
    expect(tag('Bo', ANN)).toBe('');
  });

  test('forgets the name of a deleted message, also when its insert arrives late', ({
    chat: { store, insert, receive },
  }) => {
    const row = aRow(1, { username: 'Me', client_id: EVE });
    insert(row);
    receive(aDelete(row));
    insert(row);
    expect(store.state.names.index.tagOf('Me', 'me')).toBe('');
  });
});
