/** `npm run typecheck`: one TypeScript program for everything that Node runs, one of Nuxt's for the web app. */
import { describeExit, startNodeChild, systemEnvironment } from '@chat/processes';
import { createRequire } from 'node:module';
import { nuxtCommand, REPOSITORY, WEB_APP } from '../paths.ts';

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const env = { ...systemEnvironment(), NUXT_TELEMETRY_DISABLED: '1' };
const log = (_part: string, line: string) => console.log(line);

const programs = await Promise.all([
  startNodeChild({ name: 'tsc', args: [tsc, '-p', REPOSITORY], cwd: REPOSITORY, env, log }),
  startNodeChild({ name: 'nuxt typecheck', args: [nuxtCommand(), 'typecheck'], cwd: WEB_APP, env, log }),
]);
const exits = await Promise.all(programs.map(({ exited }) => exited));
for (const exit of exits) if (exit.code !== 0) console.error(`A type check ${describeExit(exit)}.`);
process.exitCode = exits.every(({ code }) => code === 0) ? 0 : 1;
