import type { Clouds } from '../deploy/clouds.ts';
import { OUTPUTS, STACK_PREFIX, stackName } from '../names.ts';
import { awsChecks } from './aws-checks.ts';
import {
  findingOf,
  ok,
  printFinding,
  warning,
  wrong,
  type Finding,
  type HealthCheck,
} from './health-check.ts';

interface StageReport {
  readonly stage: string;
  /** By the name of the check. */
  readonly findings: ReadonlyMap<string, Finding>;
}

/**
 * Checks the AWS part of every stage in the account and region, and prints a table with a column for
 * each. Ably and Netlify are not checked: their names are settings of each stage.
 * @returns true when nothing is wrong
 */
export async function doctorAll(clouds: Clouds): Promise<boolean> {
  const { aws, settings, print } = clouds;
  const names = await aws.stackNames(STACK_PREFIX);
  if (names.length === 0) {
    print(`No stage is deployed in ${settings.AWS_REGION} of this account.`);
    return true;
  }
  const reports: StageReport[] = [];
  for (const name of names.toSorted()) reports.push(await examine(clouds, name.slice(STACK_PREFIX.length)));
  for (const line of formatTable(reports)) print(line);
  print('');
  for (const { stage, findings } of reports)
    for (const [name, finding] of findings)
      if (finding.state !== 'ok') printFinding(`${stage}, ${name}`, finding, print);
  return reports.every(({ findings }) => [...findings.values()].every(({ state }) => state !== 'wrong'));
}

async function examine(clouds: Clouds, stage: string): Promise<StageReport> {
  const stack = await clouds.aws.stack(stackName(stage));
  const checks: HealthCheck[] = [
    { name: 'Stack', run: () => Promise.resolve(describeStatus(stack?.status)) },
  ];
  const { outputs = {} } = stack ?? {};
  // A stack whose creation failed has no outputs, and nothing else to check.
  if (outputs[OUTPUTS.writerFunction] !== undefined) {
    const CONNECTOR = outputs[OUTPUTS.service] === undefined ? ('none' as const) : ('fargate' as const);
    const settings = { ...clouds.settings, STAGE: stage, CONNECTOR };
    checks.push(...awsChecks({ ...clouds, settings }, outputs[OUTPUTS.ablyExternalId] ?? '', outputs));
  }
  const findings = new Map<string, Finding>();
  for (const check of checks) findings.set(check.name, await findingOf(check));
  return { stage, findings };
}

function describeStatus(status = 'removed meanwhile'): Finding {
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)) return ok(status);
  if (status === 'UPDATE_ROLLBACK_COMPLETE')
    return warning(
      status,
      'The last deployment failed and was rolled back: run npm run deploy for this stage.',
    );
  if (/_IN_PROGRESS$/.test(status)) return warning(status, 'Run npm run doctor again when AWS has finished.');
  return wrong(status, 'See the events of the stack in the CloudFormation console.');
}

/** Returns a table with a column for each stage and a row for each check. */
function formatTable(reports: readonly StageReport[]): string[] {
  const checks = [...new Set(reports.flatMap(({ findings }) => [...findings.keys()]))];
  const rows = [
    ['', ...reports.map(({ stage }) => stage)],
    ...checks.map((name) => [name, ...reports.map(({ findings }) => findings.get(name)?.state ?? '-')]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map(
    (row) =>
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
}
