import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import * as v from 'valibot';

/** The result of one run of vitest. */
export const SummarySchema = v.object({
  passed: v.number(),
  failed: v.number(),
  skipped: v.number(),
  /**
   * What failed, and why. An error outside any test, in a hook or an unhandled rejection, fails a
   * run as well.
   */
  failures: v.array(v.string()),
});

type Summary = v.InferOutput<typeof SummarySchema>;

interface Reason {
  readonly message: string;
  readonly stack?: string | undefined;
}

/**
 * Writes a {@link Summary} to $TEST_SUMMARY_FILE. Vitest's JSON reporter leaves out errors that
 * belong to no test.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly Reason[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const outside = [
      ...suites.flatMap((suite) => suite.errors().map((error) => toText(nameOf(suite), [error]))),
      ...unhandledErrors.map((error) => toText('outside any test', [error])),
    ];
    const inside = tests.flatMap((test) => {
      const { state, errors = [] } = test.result();
      return state === 'failed' ? [toText(`${nameOf(test.module)}: ${test.fullName}`, errors)] : [];
    });
    const summary: Summary = {
      passed: count('passed'),
      failed: inside.length + outside.length,
      skipped: count('skipped') + count('pending'),
      failures: [...inside, ...outside],
    };
    writeFileSync(process.env.TEST_SUMMARY_FILE ?? 'test-summary.json', JSON.stringify(summary));
  }
}

function nameOf(part: TestModule | { module: TestModule; fullName: string }): string {
  if ('module' in part) return `${nameOf(part.module)}: ${part.fullName}`;
  return relative(process.cwd(), part.moduleId);
}

/** The message and our own part of the stack; in Vitest a stack may lack the message. */
function toText(where: string, errors: readonly Reason[]): string {
  const frames = (stack = '') =>
    stack.split('\n').filter((line) => /^\s*(at|❯) /.test(line) && !line.includes('/node_modules/'));
  return [where, ...errors.flatMap(({ message, stack }) => [message, ...frames(stack)])].join('\n  ');
}
