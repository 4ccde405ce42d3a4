import { COMPARISON, compareCapture } from './support/compare-capture.ts';
import { test } from './support/fixtures.ts';

test.beforeAll(({ postgres }) => void postgres);

test(
  'capture: any transaction on any table ends as without it, and a reader has the table’s rows',
  COMPARISON,
  ({ postgres, database }) => compareCapture(postgres, database),
);
