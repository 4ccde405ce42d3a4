const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/**
 * Creates a message id, which becomes the row's `msg_id`: a ULID. Its leading timestamp keeps
 * inserts at the end of the primary key's index; 80 bits are random. Publishing twice under one id
 * stores one message. `crypto.randomUUID` exists in secure contexts only, and the page may be
 * served over plain HTTP.
 */
export function createMessageId(now: number = Date.now()): string {
  let time = '';
  for (let rest = now; time.length < TIME_DIGITS; rest = Math.floor(rest / 32)) {
    time = digit(rest % 32) + time;
  }
  const random = Array.from(crypto.getRandomValues(new Uint8Array(RANDOM_DIGITS)), (byte) =>
    digit(byte % 32),
  );
  return time + random.join('');
}

function digit(value: number): string {
  return ALPHABET.charAt(value);
}
