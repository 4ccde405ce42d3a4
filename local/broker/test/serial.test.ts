import { expect, test } from 'vitest';
import { before, parseSerial, SerialClock } from '../src/channels/serial.ts';

test('a serial clock issues increasing positions, also within one millisecond and after a step back', () => {
  const clock = new SerialClock('series', 1_000);
  const times = [...Array<number>(2_500).fill(1_000), 900, 1_001, 5_000, 4_000];
  const serials = times.map((time) => clock.next(time));
  expect(serials).toEqual(serials.toSorted());
  expect(new Set(serials).size).toBe(serials.length);
});

test('before() returns the position directly before another', () => {
  const clock = new SerialClock('series', 1_000);
  const [first, second] = [clock.next(2_000), clock.next(2_000)];
  expect(before(second)).toBe(first);
  expect(before(first) < first).toBe(true);
  expect(before(first) > clock.next(0)).toBe(false);
});

test('parseSerial() accepts positions and message serials of its own series only', () => {
  const serial = new SerialClock('series', 1_000).next(1_000);
  expect(parseSerial(serial, 'series')).toBe(serial);
  expect(parseSerial(`${serial}:003`, 'series')).toBe(serial);
  expect(parseSerial(serial, 'another')).toBeUndefined();
  expect(parseSerial('nonsense', 'series')).toBeUndefined();
});
