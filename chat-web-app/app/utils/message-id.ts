const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;
const RANDOM_DIGITS = 16;

/**
 * An id of our own for a message, which becomes its `msg_id`: a ULID, whose leading timestamp keeps inserts at the end
 * of the primary key's index, with 80 random bits. Publishing twice under one id is publishing once.
 * `crypto.randomUUID` would not do: it is missing on pages that are not served over TLS or from localhost.
 */
export function createMessageId(now: number = Date.now()): string {
  let time = '';
  for (let rest = now; time.length < TIME_DIGITS; rest = Math.floor(rest / 32))
    time = digit(rest % 32) + time;
  const random = Array.from(crypto.getRandomValues(new Uint8Array(RANDOM_DIGITS)), (byte) =>
    digit(byte % 32),
  );
  return time + random.join('');
}

function digit(value: number): string {
  return ALPHABET.charAt(value);
}
