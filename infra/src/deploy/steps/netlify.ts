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
import { runProgram } from './run-program.ts';

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
export function netlifyVariables({ netlify, aws, settings }: Clouds): Step {
  async function desired(facts: Facts) {
    const secret = async (id: 'historySecret' | 'identitySecret') =>
      requireFact(await aws.readSecret(requireOutput(facts, id)), `The secret ${id}`);
    return desiredVariables({
      [NETLIFY_ENV.ABLY_API_KEY]: requireFact(facts.authKey, 'The key of the auth function').key,
      [NETLIFY_ENV.IDENTITY_SECRET]: await secret('identitySecret'),
      [NETLIFY_ENV.HISTORY_SECRET]: await secret('historySecret'),
      [NETLIFY_ENV.CHAT_HISTORY_URL]: requireOutput(facts, 'historyUrl'),
      [NETLIFY_ENV.OUTGOING_CHANNEL]: settings.OUTGOING_CHANNEL,
      [NETLIFY_ENV.INCOMING_CHANNEL]: settings.INCOMING_CHANNEL,
      ...(settings.SOURCE_URL && { [NETLIFY_ENV.SOURCE_URL]: settings.SOURCE_URL }),
    });
  }
  return {
    name: 'Netlify variables',
    async plan(facts) {
      const { team, site, authKey } = facts;
      const isReady = hasOutputs(facts, 'historyUrl', 'historySecret', 'identitySecret');
      if (!team || !site || !authKey || !isReady)
        return [{ kind: 'create', what: 'variables of the functions' }];
      return [variablesChange(await netlify.variables(team.id, site.id), await desired(facts))];
    },
    async apply(facts) {
      const team = requireFact(facts.team, 'The Netlify team');
      const site = requireFact(facts.site, 'The Netlify site');
      const { written } = await ensureVariables(netlify, team, site, await desired(facts));
      return written.length === 0 ? 'unchanged' : `written: ${written.join(', ')}`;
    },
  };
}

/**
 * Netlify's command line reads netlify.toml, builds on this machine, and uploads page and
 * functions.
 */
export function netlifyDeploy({ programs, settings }: Clouds): Step {
  return {
    name: 'Netlify deploy',
    plan: () =>
      Promise.resolve([
        { kind: 'run', what: `build the page and its functions, and publish both at ${settings.SITE_NAME}` },
      ]),
    async apply(facts) {
      const site = requireFact(facts.site, 'The Netlify site');
      const env = { NETLIFY_AUTH_TOKEN: settings.NETLIFY_AUTH_TOKEN, NETLIFY_SITE_ID: site.id };
      const args = ['deploy', '--prod', '--filter', 'chat-web-app', '--message', 'npm run deploy'];
      await runProgram('netlify deploy', () => programs.netlify(args, env));
      return siteUrl(site);
    },
  };
}
