import { ensureReady } from './checks.ts';
import { formatChange, type Change } from './change.ts';
import { ablyApp, ablyKeys, ablyRule } from './steps/ably.ts';
import { awsStack, cdkBootstrap, connectorSecret } from './steps/aws.ts';
import { netlifyDeploy, netlifySite, netlifyVariables } from './steps/netlify.ts';
import { smokeTestStep } from './steps/smoke-test.ts';
import type { Facts, Step, World } from './world.ts';
import { siteUrl } from '../netlify/ensure.ts';

export interface DeployOptions {
  /** Shows what would be done, and does nothing. */
  readonly plan?: boolean;
  /** Does not ask. */
  readonly yes?: boolean;
}

const COST_NOTE =
  'This costs money while it runs, some 65 $ a month on AWS with the default settings: docs/deploying.md#what-it-costs';

/** In an order in which each finds what it stands on. */
export const deploySteps = (world: World): Step[] => [
  ablyApp(world),
  ablyKeys(world),
  cdkBootstrap(world),
  connectorSecret(world),
  awsStack(world),
  ablyRule(world),
  netlifySite(world),
  netlifyVariables(world),
  netlifyDeploy(world),
  smokeTestStep(world),
];

/**
 * Checks, shows the plan, asks, and does it. May be interrupted anywhere and run again: each step looks what is there.
 * @returns false when the person did not agree
 * @throws Error naming the step that failed, in words for a person at a terminal
 */
export async function deploy(
  world: World,
  { plan = false, yes = false }: DeployOptions = {},
): Promise<boolean> {
  const { say, ask } = world;
  const facts: Facts = {};
  say('Checks');
  await ensureReady(world, facts);

  say('\nPlan (+ create, ~ update, = keep, > run)');
  const steps = deploySteps(world);
  const changes = await planAll(steps, facts, say);
  say(`\n${COST_NOTE}`);
  if (plan) return true;
  if (!yes && !/^y(es)?$/i.test(await ask(question(changes)))) {
    say('Nothing was changed.');
    return false;
  }

  await runAll(steps, facts, say);
  if (facts.site) say(`\nThe chat is at ${siteUrl(facts.site)}`);
  return true;
}

async function planAll(steps: readonly Step[], facts: Facts, say: World['say']): Promise<Change[]> {
  const all: Change[] = [];
  for (const step of steps) {
    const changes = await step.plan(facts);
    for (const change of changes) say(`  ${step.name.padEnd(18)} ${formatChange(change)}`);
    all.push(...changes);
  }
  return all;
}

async function runAll(steps: readonly Step[], facts: Facts, say: World['say']): Promise<void> {
  for (const [place, step] of steps.entries()) {
    const title = `[${place + 1}/${steps.length}] ${step.name}`;
    say(`\n${title} …`);
    const startedAt = performance.now();
    try {
      const done = await step.run(facts);
      say(`${title}: ${done} (${Math.round((performance.now() - startedAt) / 1_000)} s)`);
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new Error(
        `${title} failed: ${words}\nWhat was done before stays and will be found: put it right and run npm run deploy again.`,
        { cause },
      );
    }
  }
}

function question(changes: readonly Change[]): string {
  const isNew = changes.some(
    ({ kind, what }) => kind === 'create' && what.startsWith('stack serverless-chat'),
  );
  return isNew ? 'Make all this? (yes/no) ' : 'Go on? (yes/no) ';
}
