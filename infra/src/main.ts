import { InvalidInput } from '@chat/contract';
import { parseArgs } from 'node:util';
import { createControlApi } from './ably/control-api.ts';
import { createAws } from './aws/sdk.ts';
import type { Clouds } from './deploy/clouds.ts';
import { deploy } from './deploy/deploy.ts';
import { destroy } from './deploy/destroy.ts';
import { createPrograms } from './deploy/programs.ts';
import { doctorAll } from './doctor/all-stages.ts';
import { doctor } from './doctor/doctor.ts';
import { createNetlifyApi } from './netlify/netlify-api.ts';
import { readDeploySettings } from './settings.ts';
import { createSmokeTest } from './smoke/smoke-test.ts';
import { createTerminal, type Terminal } from './terminal.ts';

const USAGE = `Usage:
  npm run deploy [-- --plan | --yes]   deploys; --plan only shows the plan, --yes skips the prompt,
                                       --json prints the outputs as JSON
  npm run destroy [-- --stage <name>]  removes everything; --stage replaces the prompt
  npm run doctor [-- --all]            checks the deployed system; --all compares all stages on AWS`;

function connectClouds({ messages, print, prompt }: Terminal): Clouds {
  const settings = readDeploySettings();
  const wait = (ms: number, reason: string) => {
    print(`  … ${reason} Waiting ${Math.ceil(ms / 1_000)} s.`);
    return new Promise<void>((resolve) => setTimeout(resolve, ms));
  };
  return {
    settings,
    ably: createControlApi({ token: settings.ABLY_CONTROL_TOKEN, wait }),
    netlify: createNetlifyApi({ token: settings.NETLIFY_AUTH_TOKEN, wait }),
    aws: createAws(settings.AWS_REGION),
    programs: createPrograms(messages),
    smokeTest: createSmokeTest(),
    statusOf: async (url) =>
      (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(15_000) })).status,
    print,
    prompt,
  };
}

/** @returns whether the command succeeded */
async function main([command, ...rest]: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: rest,
    options: {
      plan: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      stage: { type: 'string' },
    },
  });
  const { plan, yes, json, all, stage } = values;
  const terminal = createTerminal(process, json);
  switch (command) {
    case 'deploy':
      if (json && plan)
        throw new Error('--json prints the outputs of a deployment, and --plan creates none: omit one.');
      return deploy(connectClouds(terminal), { plan, yes, report: terminal.report });
    case 'destroy':
      return destroy(connectClouds(terminal), { confirmed: stage });
    case 'doctor':
      return (all ? doctorAll : doctor)(connectClouds(terminal));
    default:
      terminal.print(USAGE);
      return false;
  }
}

try {
  if (!(await main(process.argv.slice(2)))) process.exitCode = 1;
} catch (error) {
  // Prints no stack trace: the message names the problem and its remedy.
  if (error instanceof InvalidInput) console.error(['Please check .env:', ...error.problems].join('\n  '));
  else console.error(error instanceof Error ? `\n${error.message}` : error);
  if (error instanceof TypeError && 'code' in error) console.error(USAGE);
  process.exitCode = 1;
}
