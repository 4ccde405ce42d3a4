import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import * as v from 'valibot';

/** What one run of vitest came to. */
export const SummarySchema = v.object({
  passed: v.number(),
  failed: v.number(),
  skipped: v.number(),
  /** What failed, and why. An error outside any test, in a hook or in nobody's promise, fails a run as well. */
  failures: v.array(v.string()),
});

type Summary = v.InferOutput<typeof SummarySchema>;

interface Reason {
  readonly message: string;
  readonly stack?: string | undefined;
}

/** Vitest's own JSON leaves out the errors that belong to no test. Writes a {@link Summary} to $TEST_SUMMARY_FILE. */
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

function toText(where: string, errors: readonly Reason[]): string {
  const own = (text: string) => text.split('\n').filter((line) => !line.includes('/node_modules/'));
  return [where, ...errors.flatMap(({ message, stack }) => own(stack ?? message))].join('\n  ');
}
