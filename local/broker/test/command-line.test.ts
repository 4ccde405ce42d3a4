import type { InvalidInput } from '@chat/contract';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../src/command-line.ts';

describe('the command line of the broker', () => {
  test('needs no argument: this machine only, any port, a random key', () => {
    const one = parseArguments([]);
    expect(one).toEqual({
      host: '127.0.0.1',
      port: 0,
      keys: [expect.stringMatching(/^local\.dev:[\w-]{16}$/)],
      plan: 'none',
      json: false,
    });
    expect(parseArguments([])?.keys).not.toEqual(one?.keys);
  });

  test('accepts an address, a port, a plan and any number of keys', () => {
    const text = '--host 0.0.0.0 --port 8081 --key app.one:secret --key=app.two:secret --plan free --json';
    expect(parseArguments(text.split(' '))).toEqual({
      host: '0.0.0.0',
      port: 8081,
      keys: ['app.one:secret', 'app.two:secret'],
      plan: 'free',
      json: true,
    });
  });

  test('reports every wrong argument at once, and quotes no key', () => {
    const text =
      '--host a/b --port 70000 --key app.key:secret --key hunter2 --jsn --port=x --plan gold extra';
    try {
      parseArguments(text.split(' '));
      expect.unreachable();
    } catch (error) {
      const { problems } = error as InvalidInput;
      expect(problems.map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual([
        '--host',
        '--port',
        '--key.1',
        '--plan',
        '--jsn',
        'extra',
      ]);
      expect(problems.join()).not.toContain('hunter2');
    }
  });

  test.each(['--port', '--key', '--host', '--plan'])('reports %s without its value', (option) => {
    expect(() => parseArguments([option])).toThrow(`${option}`);
  });
});
