import { expect, test } from 'vitest';
import { parseCommandLine } from '../src/command-line.ts';

test.each([
  [['--set-aside', 'x.json'], { action: 'set-aside', path: 'x.json' }],
  [['--retry', 'all'], { action: 'retry', ids: null, path: undefined }],
  [['--retry', '7,12', 'x.env'], { action: 'retry', ids: ['7', '12'], path: 'x.env' }],
  [['--discard', '3'], { action: 'discard', ids: ['3'], yes: false, path: undefined }],
  [['--discard', 'all', '--yes'], { action: 'discard', ids: null, yes: true, path: undefined }],
  [['--replay', 'shop.orders'], { action: 'replay', table: 'shop.orders', yes: false, path: undefined }],
  [
    ['--replay', 'items', '--where', 'id > 3', '--yes', 'x.json'],
    { action: 'replay', table: 'items', where: 'id > 3', yes: true, path: 'x.json' },
  ],
])('connector command line: parses the command %j', (args, command) => {
  expect(parseCommandLine(args)).toEqual(command);
});

test.each([
  [['--retry', 'seven'], /--retry needs numbers with commas between them, or all.*Usage/s],
  [['--discard', '1;2'], /--discard needs numbers/],
  [['--retry', '1', '--discard', '2'], /Use either --retry or --discard, not both/],
  [['--replay', ''], /--replay must/],
  [['--where', 'true'], /--where belongs to --replay/],
  [['--check', '--yes'], /--yes belongs to --replay or --discard/],
  [['--retry'], /--retry/],
])('connector command line: rejects the command %j', (args, message) => {
  expect(() => parseCommandLine(args)).toThrow(message);
});
