import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';

interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
}

export interface Terminal {
  /** Receives all messages, and what started programs write to their stdout. */
  readonly messages: Writable;
  readonly print: (line: string) => void;
  /** Prints a question and returns the line that the person typed. */
  readonly prompt: (question: string) => Promise<string>;
  /** Writes a result to stdout, if the command was run with --json. */
  readonly report: (result: unknown) => void;
}

/**
 * @param json keeps everything but the reported result from stdout, so that another program can
 *   parse it
 */
export function createTerminal({ stdin, stdout, stderr }: Streams, json: boolean): Terminal {
  const messages = json ? stderr : stdout;
  return {
    messages,
    print: (line) => void messages.write(`${line}\n`),
    async prompt(question) {
      if (!stdin.isTTY) {
        throw new Error(
          'Cannot prompt without a terminal: add --yes to deploy, or --stage <name> to destroy.',
        );
      }
      const lines = createInterface({ input: stdin, output: messages });
      try {
        return (await lines.question(question)).trim();
      } finally {
        lines.close();
      }
    },
    report(result) {
      if (json) stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    },
  };
}
