import { NETLIFY_ENV } from '../../names.ts';
import {
  desiredVariables,
  ensureSite,
  ensureVariables,
  findSite,
  findTeam,
  siteUrl,
  variablesChange,
} from '../../netlify/ensure.ts';
import type { Clouds } from '../clouds.ts';
import { hasOutputs, requireFact, requireOutput, type Facts, type Step } from '../step.ts';
import { NETLIFY_CLI } from '../programs.ts';
import { deployTitle, isPublished } from '../../netlify/published-content.ts';
import { runProgram } from './run-program.ts';

/**
 * Unproved here, and not so on plans from before September 2025:
 * https://docs.netlify.com/manage/accounts-and-billing/billing/billing-for-credit-based-plans/how-credits-work
 */
const DEPLOY_COST = '15 of your Netlify credits';

export function netlifySite({ netlify, settings }: Clouds): Step {
  const name = settings.SITE_NAME;
  return {
    name: 'Netlify site',
    async plan(facts) {
      facts.team = await findTeam(netlify, settings.NETLIFY_TEAM);
      const site = await findSite(netlify, name);
      if (site) facts.site = site;
      return [{ kind: site ? 'keep' : 'create', what: `site ${name}` }];
    },
    async apply(facts) {
      facts.team ??= await findTeam(netlify, settings.NETLIFY_TEAM);
      facts.site = await ensureSite(netlify, facts.team, name);
      return siteUrl(facts.site);
    },
  };
}

/** Before the deploy, because a function receives a changed variable only with its next build. */
export function netlifyVariables(clouds: Clouds): Step {
  const { netlify } = clouds;
  return {
    name: 'Netlify variables',
    async plan(facts) {
      const { team, site } = facts;
      if (!team || !site || !canReadVariables(facts))
        return [{ kind: 'create', what: 'variables of the functions' }];
      const existing = await netlify.variables(team.id, site.id);
      return [variablesChange(existing, await functionVariables(clouds, facts))];
    },
    async apply(facts) {
      const team = requireFact(facts.team, 'The Netlify team');
      const site = requireFact(facts.site, 'The Netlify site');
      const desired = await functionVariables(clouds, facts);
      const { written } = await ensureVariables(netlify, team, site, desired);
      return written.length === 0 ? 'unchanged' : `written: ${written.join(', ')}`;
    },
  };
}

const canReadVariables = (facts: Facts): boolean =>
  facts.authKey !== undefined && hasOutputs(facts, 'historyUrl', 'historySecret', 'identitySecret');

async function functionVariables({ aws, settings }: Clouds, facts: Facts) {
  const secret = async (id: 'historySecret' | 'identitySecret') =>
    requireFact(await aws.readSecret(requireOutput(facts, id)), `The secret ${id}`);
  const identitySecret = await secret('identitySecret');
  const previous = await aws.readSecret(requireOutput(facts, 'identitySecret'), 'AWSPREVIOUS');
  return desiredVariables({
    [NETLIFY_ENV.ABLY_API_KEY]: requireFact(facts.authKey, 'The key of the auth function').key,
    [NETLIFY_ENV.IDENTITY_SECRET]: identitySecret,
    // Always set, so that the value of a removed stack does not stay accepted.
    [NETLIFY_ENV.IDENTITY_SECRET_PREVIOUS]: previous ?? identitySecret,
    [NETLIFY_ENV.HISTORY_SECRET]: await secret('historySecret'),
    [NETLIFY_ENV.CHAT_HISTORY_URL]: requireOutput(facts, 'historyUrl'),
    [NETLIFY_ENV.OUTGOING_CHANNEL]: settings.OUTGOING_CHANNEL,
    [NETLIFY_ENV.INCOMING_CHANNEL]: settings.INCOMING_CHANNEL,
    ...(settings.SOURCE_URL && { [NETLIFY_ENV.SOURCE_URL]: settings.SOURCE_URL }),
  });
}

/**
 * Netlify's command line reads netlify.toml, builds on this machine, and uploads page and
 * functions. Each production deploy costs credits, so an unchanged one is skipped.
 */
export function netlifyDeploy(clouds: Clouds): Step {
  const { programs, settings } = clouds;
  const titleFor = async (facts: Facts) => deployTitle(NETLIFY_CLI, await functionVariables(clouds, facts));
  return {
    name: 'Netlify deploy',
    async plan(facts) {
      const { site } = facts;
      const isCurrent = site && canReadVariables(facts) && isPublished(site, await titleFor(facts));
      return isCurrent
        ? [{ kind: 'keep', what: `page and functions at ${settings.SITE_NAME}` }]
        : [{ kind: 'run', what: `publish page and functions at ${settings.SITE_NAME} (${DEPLOY_COST})` }];
    },
    async apply(facts) {
      const site = requireFact(facts.site, 'The Netlify site');
      const title = await titleFor(facts);
      if (isPublished(site, title)) return `unchanged at ${siteUrl(site)}`;
      const env = { NETLIFY_AUTH_TOKEN: settings.NETLIFY_AUTH_TOKEN, NETLIFY_SITE_ID: site.id };
      const args = ['deploy', '--prod', '--filter', 'chat-web-app', '--message', title];
      await runProgram('netlify deploy', () => programs.netlify(args, env));
      return siteUrl(site);
    },
  };
}
