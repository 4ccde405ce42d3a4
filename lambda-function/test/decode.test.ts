import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../src/decode.ts';
import { parseEvent } from '../src/event.ts';
import { chatMsg, deletedMsg, editedMsg, envelope, message, NOW } from './support/events.ts';

const author = { clientId: 'ann', timestamp: NOW, receivedAt: NOW };

describe('decodeMessage', () => {
  test('turns each kind of message into its change', () => {
    expect(decodeMessage(chatMsg('m', '  hi  '))).toEqual({
      ...author,
      kind: 'insert',
      id: 'm',
      username: 'Ann',
      content: 'hi',
    });
    expect(decodeMessage(editedMsg('e', 'm', 'hello'))).toEqual({
      ...author,
      kind: 'edit',
      id: 'e',
      content: 'hello',
      targetId: 'm',
    });
    expect(decodeMessage(deletedMsg('d', 'm'))).toEqual({
      ...author,
      kind: 'delete',
      id: 'd',
      targetId: 'm',
    });
  });

  test.each([
    ['JSON text', JSON.stringify({ username: 'Ann', content: 'hé' }), 'json'],
    ['an object', { username: 'Ann', content: 'hé' }, undefined],
    ['an object whose encoding is still json', { username: 'Ann', content: 'hé' }, 'json'],
    [
      'bytes of JSON',
      Buffer.from('{"username":"Ann","content":"hé"}').toString('base64'),
      'json/utf-8/base64',
    ],
  ])('accepts data as %s', (_, data, encoding) => {
    expect(decodeMessage(message('m', 'chatMsg', {}, { data, encoding }))).toMatchObject({ content: 'hé' });
  });

  test.each(['connection:0:0', 'random:0', 'uuid-of-the-client'])(
    'accepts the id %s: of its own connection, of a REST publish, of the client',
    (id) => {
      expect(decodeMessage(chatMsg(id))).toMatchObject({ id });
    },
  );

  test('takes author and time of arrival from the envelope, whatever the data names', () => {
    const data = { username: 'Ann', content: 'hi', clientId: 'eve', timestamp: 5, receivedAt: 5 };
    expect(decodeMessage(message('m', 'chatMsg', data))).toMatchObject({ ...author, id: 'm' });
  });

  test.each([
    ['chatMsg', { id: 'x', username: 'Ann', content: 'hi' }],
    ['editedMsg', { id: 'x', username: 'Ann', content: 'hi', msgIdToEdit: 'm' }],
    ['deletedMsg', { id: 'x', msgIdToDelete: 'm' }],
  ])('identifies each attempt of a %s by the id in its data', (name, data) => {
    for (const ablyId of ['x', 'x~2', 'x~3', 'other-connection:0:0']) {
      expect(decodeMessage(message(ablyId, name, data))).toMatchObject({ ...author, id: 'x' });
    }
  });

  test.each([
    ['when it was made', NOW - 5_000, NOW - 5_000],
    ['when Ably received it, if its author’s clock is ahead', NOW + 5_000, NOW],
    ['when Ably received it, if it names no time', undefined, NOW],
  ])('orders an edit by %s', (_, madeAt, timestamp) => {
    const data = { id: 'e', username: 'Ann', content: 'hi', msgIdToEdit: 'm', madeAt };
    expect(decodeMessage(message('e', 'editedMsg', data))).toMatchObject({ timestamp, receivedAt: NOW });
  });

  test.each([
    ['no author', chatMsg('m', 'hi', { clientId: undefined }), /clientId/],
    ['an empty author', chatMsg('m', 'hi', { clientId: '' }), /clientId: must not be empty/],
    ['NUL in the author', chatMsg('m', 'hi', { clientId: 'a\0' }), /clientId: must be plain text/],
    ['a huge author', chatMsg('m', 'hi', { clientId: 'a'.repeat(257) }), /clientId: must be at most 256/],
    ['NUL in the id', chatMsg('m\0'), /id: must be plain text/],
    ['no id', chatMsg('m', 'hi', { id: undefined }), /id/],
    ['a timestamp of text', chatMsg('m', 'hi', { timestamp: '5' }), /timestamp/],
    ['a timestamp past 2^53', chatMsg('m', 'hi', { timestamp: 2 ** 60 }), /timestamp/],
    [
      'an id of another connection',
      chatMsg('victim:0:0'),
      /id: "victim:0:0" has the form of an id that Ably/,
    ],
    ['an id of no connection', chatMsg('x:1:2', 'hi', { connectionId: undefined }), /id: "x:1:2" has/],
    ['a long encoding', message('m', 'chatMsg', {}, { encoding: 'x'.repeat(9_000) }), /^.{0,300}$/],
    ['an unknown name', message('m', 'shout', {}), /name: must be one of chatMsg, editedMsg, deletedMsg/],
    ['the name of an inherited property', message('m', 'toString', {}), /name: must be one of/],
    ['no name', message('m', 'x', {}, { name: undefined }), /name: must be one of/],
    [
      'broken JSON',
      message('m', 'chatMsg', {}, { data: '{"secret' }),
      /data: must be JSON, as its encoding names it/,
    ],
    [
      'an encrypted message',
      message('m', 'chatMsg', {}, { encoding: 'json/cipher+aes-256-cbc/base64' }),
      /encoding: "cipher/,
    ],
    ['text instead of an object', message('m', 'chatMsg', 'secret'), /The data of chatMsg is not valid/],
    ['null data', message('m', 'chatMsg', null), /The data of chatMsg is not valid/],
    ['blank content', chatMsg('m', ' \n '), /content: must not be blank/],
    ['NUL in the content', chatMsg('m', 'secret\0'), /content: must not contain control characters/],
    ['a lone surrogate', chatMsg('m', 'secret\ud800'), /content: must be well-formed Unicode/],
    ['64 kB of content', chatMsg('m', 'secret'.repeat(11_000)), /content: must be at most 4000 characters/],
    ['a number for content', message('m', 'chatMsg', { username: 'A', content: 5 }), /content: must be text/],
    [
      'an id of Ably’s form in the data',
      message('m', 'chatMsg', { id: 'victim:0:0', username: 'A', content: 'x' }),
      /id: must be 1 to 64 of the characters/,
    ],
    ['no target', message('e', 'editedMsg', { username: 'A', content: 'x' }), /msgIdToEdit/],
    ['null', null, /The message is not valid/],
    ['a number', 5, /The message is not valid/],
  ])('rejects %s with a reason that does not quote the text', (_, raw, reason) => {
    expect(() => decodeMessage(raw)).toThrow(
      expect.objectContaining({ name: 'InvalidInput', message: expect.stringMatching(reason) }),
    );
    expect(() => decodeMessage(raw)).not.toThrow('secret');
  });
});

test('parseEvent returns the messages of an event, or rejects it without quoting it', () => {
  const messagesOf = (event: unknown) =>
    parseEvent(event).deliveries.flatMap(({ envelope: parse }) => parse().messages);
  expect(messagesOf(envelope(1, 2))).toEqual([1, 2]);
  const others = [undefined, null, [], 'secret', {}, envelope(), { ...envelope(1), source: 'secret' }];
  for (const event of others) {
    expect(() => messagesOf(event)).toThrow(/^The event is not valid: /);
    expect(() => messagesOf(event)).not.toThrow('secret');
  }
});
