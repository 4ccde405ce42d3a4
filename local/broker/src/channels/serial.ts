/**
 * A position in a channel: `<14-digit ms>-<3-digit counter>@<series>`. Later positions compare
 * greater as text. It contains a time, not a reference to a message, so it also works in a silent
 * channel.
 */
export type Serial = string;

const SERIAL = /^(\d{14}-\d{3}@\w+)(?::\d{1,4})?$/;

export function serialAt(ms: number, counter: number, series: string): Serial {
  return `${String(ms).padStart(14, '0')}-${String(counter).padStart(3, '0')}@${series}`;
}

/** Returns the serial of one message of a publish. */
export function messageSerial(position: Serial, index: number): string {
  return `${position}:${String(index).padStart(3, '0')}`;
}

/**
 * Parses a client's serial: a position, or a message's serial (position and index). Returns
 * undefined if this run of the broker did not issue it.
 */
export function parseSerial(text: string, series: string): Serial | undefined {
  const position = SERIAL.exec(text)?.[1];
  return position?.endsWith(`@${series}`) ? position : undefined;
}

/** Returns the position directly before another. */
export function before(serial: Serial): Serial {
  const [ms = '', rest = ''] = serial.split('-');
  const [counter = '', series = ''] = rest.split('@');
  return Number(counter) > 0
    ? serialAt(Number(ms), Number(counter) - 1, series)
    : serialAt(Number(ms) - 1, 999, series);
}

/** Issues increasing serials, also when the system clock stops or steps back. */
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
