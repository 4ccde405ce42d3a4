import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { askAtTerminal } from '../src/operating/operate.ts';

/** Answers the question of a command at a terminal. */
async function answer(line: string) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = new PassThrough();
  stdin.end(line);
  const agreed = await askAtTerminal({ stdin, stdout })('Publish 2 rows?');
  stdout.end();
  return { agreed, shown: await text(stdout) };
}

test.for(['y\n', 'Y\n', 'yes\n', ' yes \n'])('the question of a command: %j agrees', async (line) => {
  expect((await answer(line)).agreed).toBe(true);
});

test.for(['\n', 'n\n', 'no\n', 'yesterday\n', 'publish\n'])(
  'the question of a command: %j does not agree',
  async (line) => {
    const { agreed, shown } = await answer(line);
    expect(agreed).toBe(false);
    expect(shown).toContain('Publish 2 rows? [y/N] ');
  },
);

test('the question of a command: without a terminal, fails and names the option', async () => {
  const ask = askAtTerminal({ stdin: new PassThrough(), stdout: new PassThrough() });
  await expect(ask('Publish 2 rows?')).rejects.toThrow(
    'Publish 2 rows? Nothing was done: without a terminal',
  );
});
