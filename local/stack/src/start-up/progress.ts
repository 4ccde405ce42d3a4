import type { Step } from './steps.ts';

/** Shows a start to a person, or to whoever reads the log of a machine. */
export interface Progress {
  onStep(step: Step): void;
  say(line: string): void;
}

type Write = (text: string) => void;

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

/** One plain line per finished step: for CI, and where output goes into a file. */
export function plainProgress(write: Write): Progress {
  return {
    onStep(step) {
      if (step.state === 'done') write(`${step.name}: ${step.detail} (${seconds(step.ms)})\n`);
      if (step.state === 'failed') write(`${step.name}: failed\n`);
    },
    say: (line) => write(`${line}\n`),
  };
}

const CLEAR_LINE = '\r\u001b[2K';
const green = (text: string) => `\u001b[32m${text}\u001b[39m`;
const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
const dim = (text: string) => `\u001b[2m${text}\u001b[22m`;

/** A tick per finished step, and below them what is being worked on. */
export function liveProgress(write: Write): Progress {
  const underWay = new Set<string>();
  const say = (line: string) => {
    write(`${CLEAR_LINE}${line}\n`);
    if (underWay.size > 0) write(dim(`  … ${[...underWay].join(', ')}`));
  };
  return {
    say,
    onStep(step) {
      if (step.state === 'started') {
        underWay.add(step.name);
        write(`${CLEAR_LINE}${dim(`  … ${[...underWay].join(', ')}`)}`);
        return;
      }
      underWay.delete(step.name);
      const name = step.name.padEnd(10);
      if (step.state === 'failed') say(`  ${red('✘')} ${name}`);
      else say(`  ${green('✔')} ${name}${step.detail} ${dim(seconds(step.ms))}`);
    },
  };
}
