import { siteUrl } from '../netlify/ensure.ts';
import { formatChange, type Change } from '../change.ts';
import type { Clouds } from './clouds.ts';
import { outputsOf, type DeployOutputs } from './outputs.ts';
import { runPreflight } from './preflight.ts';
import type { Facts, Step } from './step.ts';
import { ablyApp, ablyKeys, ablyRule } from './steps/ably.ts';
import { awsStack, cdkBootstrap, connectorSecret } from './steps/aws.ts';
import { netlifyDeploy, netlifySite, netlifyVariables } from './steps/netlify.ts';
import { smokeTestStep } from './steps/smoke-test.ts';

export interface DeployOptions {
  /** Prints the plan and applies nothing. */
  readonly plan?: boolean;
  /** Applies the plan without a prompt. */
  readonly yes?: boolean;
  /** Called with the outputs once every step has succeeded. */
  readonly report?: (outputs: DeployOutputs) => void;
}

const COST_NOTE =
  'Running costs with the default settings: about 55 $ a month on AWS, and logs (docs/costs.md)';

/** Each step needs what the steps before it created. */
const deploySteps = (clouds: Clouds): Step[] => [
  ablyApp(clouds),
  ablyKeys(clouds),
  cdkBootstrap(clouds),
  connectorSecret(clouds),
  awsStack(clouds),
  ablyRule(clouds),
  netlifySite(clouds),
  netlifyVariables(clouds),
  netlifyDeploy(clouds),
  smokeTestStep(clouds),
];

/**
 * Runs the preflight checks, prints the plan, prompts, and applies it. Can be interrupted at any
 * point and run again, because every step compares the desired state with what exists.
 * @returns false when the person declined
 * @throws Error naming the step that failed, worded for a person at a terminal
 */
export async function deploy(
  clouds: Clouds,
  { plan = false, yes = false, report }: DeployOptions = {},
): Promise<boolean> {
  const { print, prompt } = clouds;
  const facts: Facts = {};
  print('Checks');
  await runPreflight(clouds, facts);

  print('\nPlan (+ create, ~ update, = keep, > run)');
  const steps = deploySteps(clouds);
  const changes = await planAll(steps, facts, print);
  print(`\n${COST_NOTE}`);
  if (plan) return true;
  if (!yes && !/^y(es)?$/i.test(await prompt(question(changes)))) {
    print('Nothing was changed.');
    return false;
  }

  await applyAll(steps, facts, print);
  const email = clouds.settings.ALARM_EMAIL;
  if (email)
    print(
      `\nAlarms reach ${email} only after the link in AWS's mail "Subscription Confirmation" was opened.`,
    );
  if (facts.site) print(`\nThe chat is at ${siteUrl(facts.site)}`);
  report?.(outputsOf(clouds.settings, facts));
  return true;
}

async function planAll(steps: readonly Step[], facts: Facts, print: Clouds['print']): Promise<Change[]> {
  const all: Change[] = [];
  for (const step of steps) {
    const changes = await step.plan(facts);
    for (const change of changes) print(`  ${step.name.padEnd(18)} ${formatChange(change)}`);
    all.push(...changes);
  }
  return all;
}

async function applyAll(steps: readonly Step[], facts: Facts, print: Clouds['print']): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const title = `[${index + 1}/${steps.length}] ${step.name}`;
    print(`\n${title} …`);
    const startedAt = performance.now();
    try {
      const summary = await step.apply(facts);
      print(`${title}: ${summary} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `${title} failed: ${message}\nThe completed steps stay in place. Fix the cause, then run npm run deploy again to resume.`,
        { cause },
      );
    }
  }
}

function question(changes: readonly Change[]): string {
  const isNew = changes.some(
    ({ kind, what }) => kind === 'create' && what.startsWith('stack serverless-chat'),
  );
  return isNew ? 'Create all of this? (yes/no) ' : 'Apply these changes? (yes/no) ';
}
