/**
 * A position in a channel: `<14-digit ms>-<3-digit counter>@<series>`. Compared as text, a later one is greater. It holds
 * a time, not a reference to a message, so that a position in a silent channel stays meaningful.
 */
export type Serial = string;

const SERIAL = /^(\d{14}-\d{3}@\w+)(?::\d{1,4})?$/;

export function serialAt(ms: number, counter: number, series: string): Serial {
  return `${String(ms).padStart(14, '0')}-${String(counter).padStart(3, '0')}@${series}`;
}

/** Of one message among those published together. */
export function messageSerial(position: Serial, index: number): string {
  return `${position}:${String(index).padStart(3, '0')}`;
}

/**
 * The position in a serial that came from outside, which may also be a message's (position and index).
 * @returns undefined when it was not handed out by this run of the broker
 */
export function parseSerial(text: string, series: string): Serial | undefined {
  const position = SERIAL.exec(text)?.[1];
  return position?.endsWith(`@${series}`) ? position : undefined;
}

/** The position just before one: where a reader stands who is about to receive it. */
export function before(serial: Serial): Serial {
  const [ms = '', rest = ''] = serial.split('-');
  const [counter = '', series = ''] = rest.split('@');
  return Number(counter) > 0
    ? serialAt(Number(ms), Number(counter) - 1, series)
    : serialAt(Number(ms) - 1, 999, series);
}

/** Hands out ever greater serials, also when the clock stands still or steps back. */
export class SerialClock {
  readonly series: string;
  #ms: number;
  #counter = 0;

  constructor(series: string, now: number) {
    this.series = series;
    this.#ms = now;
  }

  next(now: number): Serial {
    if (now > this.#ms) [this.#ms, this.#counter] = [now, 0];
    else if (this.#counter < 999) this.#counter += 1;
    else [this.#ms, this.#counter] = [this.#ms + 1, 0];
    return this.latest;
  }

  get latest(): Serial {
    return serialAt(this.#ms, this.#counter, this.series);
  }
}
