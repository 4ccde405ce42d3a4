import { NETLIFY_ENV } from '../../names.ts';
import {
  ensureSite,
  ensureVariables,
  findSite,
  findTeam,
  siteUrl,
  variablesChange,
  variableWishes,
} from '../../netlify/ensure.ts';
import { hasOutputs, known, outputOf, type Facts, type Step, type World } from '../world.ts';

export function netlifySite({ netlify, settings }: World): Step {
  const name = settings.SITE_NAME;
  return {
    name: 'Netlify site',
    async plan(facts) {
      facts.team = await findTeam(netlify, settings.NETLIFY_TEAM);
      const site = await findSite(netlify, name);
      if (site) facts.site = site;
      return [{ kind: site ? 'keep' : 'create', what: `site ${name}` }];
    },
    async run(facts) {
      facts.team ??= await findTeam(netlify, settings.NETLIFY_TEAM);
      facts.site = await ensureSite(netlify, facts.team, name);
      return siteUrl(facts.site);
    },
  };
}

/** Functions see a variable from the next build on, so they come before it. */
export function netlifyVariables({ netlify, aws, settings }: World): Step {
  async function wishes(facts: Facts) {
    const secret = async (id: 'historySecret' | 'identitySecret') =>
      known(await aws.readSecret(outputOf(facts, id)), `The secret ${id}`);
    return variableWishes({
      [NETLIFY_ENV.ABLY_API_KEY]: known(facts.authKey, 'The key of the auth function').key,
      [NETLIFY_ENV.IDENTITY_SECRET]: await secret('identitySecret'),
      [NETLIFY_ENV.HISTORY_SECRET]: await secret('historySecret'),
      [NETLIFY_ENV.CHAT_HISTORY_URL]: outputOf(facts, 'historyUrl'),
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
      return [variablesChange(await netlify.variables(team.id, site.id), await wishes(facts))];
    },
    async run(facts) {
      const team = known(facts.team, 'The team at Netlify');
      const { written } = await ensureVariables(
        netlify,
        team,
        known(facts.site, 'The site'),
        await wishes(facts),
      );
      return written.length === 0 ? 'unchanged' : `written: ${written.join(', ')}`;
    },
  };
}

/** Netlify's own command line reads netlify.toml, builds here, and uploads page and functions. */
export function netlifyDeploy({ programs, settings }: World): Step {
  return {
    name: 'Netlify deploy',
    plan: () =>
      Promise.resolve([
        { kind: 'run', what: `build the page and its functions, and publish both at ${settings.SITE_NAME}` },
      ]),
    async run(facts) {
      const site = known(facts.site, 'The site');
      const env = { NETLIFY_AUTH_TOKEN: settings.NETLIFY_AUTH_TOKEN, NETLIFY_SITE_ID: site.id };
      const args = ['deploy', '--prod', '--filter', 'chat-web-app', '--message', 'npm run deploy'];
      const { code, output } = await programs.netlify(args, env);
      if (code !== 0) {
        throw new Error(
          `netlify deploy ended with code ${code}: ${output.trim().split('\n').slice(-8).join('\n')}`,
        );
      }
      return siteUrl(site);
    },
  };
}
