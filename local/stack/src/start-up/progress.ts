import type { Step } from './steps.ts';

/** Prints the progress of a start. */
export interface Progress {
  onStep(step: Step): void;
  print(line: string): void;
}

type Write = (text: string) => void;

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** Prints one plain line per finished step: for CI, and for output into a file. */
export function plainProgress(write: Write): Progress {
  return {
    onStep(step) {
      if (step.state === 'done') write(`${step.name}: ${step.detail} (${seconds(step.ms)})\n`);
      if (step.state === 'failed') write(`${step.name}: failed\n`);
    },
    print: (line) => write(`${line}\n`),
  };
}

const CLEAR_LINE = '\r\u001b[2K';
const green = (text: string) => `\u001b[32m${text}\u001b[39m`;
const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;

/** Prints a tick per finished step, and below them the steps that run. */
export function liveProgress(write: Write): Progress {
  const running = new Set<string>();
  const print = (line: string) => {
    write(`${CLEAR_LINE}${line}\n`);
    if (running.size > 0) write(dim(`  … ${[...running].join(', ')}`));
  };
  return {
    print,
    onStep(step) {
      if (step.state === 'started') {
        running.add(step.name);
        write(`${CLEAR_LINE}${dim(`  … ${[...running].join(', ')}`)}`);
        return;
      }
      running.delete(step.name);
      const name = step.name.padEnd(10);
      if (step.state === 'failed') print(`  ${red('✘')} ${name}`);
      else print(`  ${green('✔')} ${name}${step.detail} ${dim(seconds(step.ms))}`);
    },
  };
}
