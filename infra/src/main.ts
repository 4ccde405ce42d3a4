import { InvalidInput } from '@chat/contract';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { createControlApi } from './ably/control-api.ts';
import { createAws } from './aws/create-aws.ts';
import { deploy } from './deploy/deploy.ts';
import { destroy } from './deploy/destroy.ts';
import { createPrograms } from './deploy/processes.ts';
import type { World } from './deploy/world.ts';
import { doctor } from './doctor/doctor.ts';
import { createNetlifyApi } from './netlify/netlify-api.ts';
import { readDeploySettings } from './settings.ts';
import { createSmokeTest } from './smoke/smoke-test.ts';

const USAGE = `Usage:
  npm run deploy [-- --plan | --yes]   everything, or only what would be done, or without asking
  npm run destroy [-- --stage <name>]  removes it all; the name of the stage in place of typing it
  npm run doctor                       looks at what is deployed`;

const say = (line: string): void => console.log(line);

async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new Error('There is nobody to ask: say --yes to deploy, or --stage <name> to destroy.');
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}

function createWorld(): World {
  const settings = readDeploySettings();
  const wait = (ms: number, why: string) => {
    say(`  … ${why} Waiting ${Math.ceil(ms / 1_000)} s.`);
    return new Promise<void>((resolve) => setTimeout(resolve, ms));
  };
  return {
    settings,
    ably: createControlApi({ token: settings.ABLY_CONTROL_TOKEN, wait }),
    netlify: createNetlifyApi({ token: settings.NETLIFY_AUTH_TOKEN, wait }),
    aws: createAws(settings.AWS_REGION),
    programs: createPrograms(),
    smokeTest: createSmokeTest(),
    statusOf: async (url) =>
      (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(15_000) })).status,
    say,
    ask,
  };
}

/** @returns whether all went well */
async function main([command, ...rest]: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: rest,
    options: { plan: { type: 'boolean' }, yes: { type: 'boolean' }, stage: { type: 'string' } },
  });
  switch (command) {
    case 'deploy':
      return deploy(createWorld(), { plan: values.plan ?? false, yes: values.yes ?? false });
    case 'destroy':
      return destroy(createWorld(), { confirmed: values.stage });
    case 'doctor':
      return doctor(createWorld());
    default:
      say(USAGE);
      return false;
  }
}

try {
  if (!(await main(process.argv.slice(2)))) process.exitCode = 1;
} catch (error) {
  // For a person at a terminal: what went wrong and what to try. The causes are in the message.
  if (error instanceof InvalidInput) console.error([`Please check .env:`, ...error.problems].join('\n  '));
  else console.error(error instanceof Error ? `\n${error.message}` : error);
  if (error instanceof TypeError && 'code' in error) console.error(USAGE);
  process.exitCode = 1;
}
