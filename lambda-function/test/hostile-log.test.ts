import { expect } from 'vitest';
import { deletedMsg, editedMsg, envelope, message, NOW } from './support/events.ts';
import { test } from './support/fixtures.ts';

/** Ends the line, moves the cursor, reverses the text, and is long. */
const HOSTILE = `\r\n{"level":"error"}\u001b[2J\u202e\u2028\u0085${'x'.repeat(5_000)}`;
/** Also an id and a clientId, which have fewer characters and no control characters. */
const HOSTILE_ID = `\u2028\u202e\ufeff"\\${'\u{e0041}'.repeat(100)}`;
const old = { timestamp: NOW - 999_999 };

const EVENTS = {
  'an envelope': { ...envelope(1), source: HOSTILE, channel: HOSTILE },
  'the text of a record': { Records: [{ eventSource: 'aws:sqs', messageId: '1', body: HOSTILE }] },
  'a source of records': { Records: [{ eventSource: HOSTILE, messageId: '1', body: '{}' }] },
  'a name': envelope(message('m', HOSTILE, {})),
  'an encoding': envelope(message('m', 'chatMsg', {}, { encoding: HOSTILE })),
  data: envelope(message('m', 'chatMsg', {}, { data: HOSTILE })),
  'keys of data': envelope(
    message('m', 'chatMsg', { [HOSTILE]: { [HOSTILE]: 1 }, content: { [HOSTILE]: 1 } }),
  ),
  'a generated id': envelope(message(`${HOSTILE_ID}:1:1`, 'chatMsg', { username: 'a', content: 'b' })),
  'the id of a target': envelope(editedMsg('e', HOSTILE_ID, 'x', old), deletedMsg(HOSTILE_ID, 'x', old)),
  'the id of a target that may arrive': envelope(editedMsg(HOSTILE_ID, HOSTILE_ID, 'x')),
};

test.for(Object.entries(EVENTS))(
  'chat-writer: %s from outside is cut and escaped in the log and in its error',
  async ([, event], { startWriter, lines }) => {
    const writer = await startWriter();
    const error = await writer(event).then(
      () => '',
      (thrown: unknown) => String(thrown),
    );
    const texts = [...lines.flatMap((line) => Object.values(line).map(String)), error];
    expect(lines.length).toBeGreaterThan(0);
    for (const text of texts) {
      expect(text).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*$/u);
      expect(text).not.toMatch(/x{201}/);
      expect(text.length).toBeLessThan(800);
    }
  },
);
