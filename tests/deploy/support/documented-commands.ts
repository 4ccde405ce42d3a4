import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/paths.ts';

/** The test that runs a command. */
export interface Run {
  /** Path of the file, from the root of the repository. */
  readonly by: string;
  /** Text of that file which shows it: the command itself, or the file behind the command. */
  readonly shown: string;
}

const typed = (command: string): Run => ({ by: 'tests/deploy/commands.spec.ts', shown: command });

const photographed: Run = {
  by: 'tests/deploy/screenshots.spec.ts',
  shown: "'npm run screenshots -- 390x844'",
};

const operated = (shown: string): Run => ({ by: 'connector/test/operator-commands.test.ts', shown });

/** Each documented command that needs no cloud account, and the test that runs it. */
export const RUNS: Readonly<Record<string, Run>> = {
  'git clone <this repository> && cd serverless-editable-chat': {
    by: 'tests/deploy/support/checkout.ts',
    shown: "'ls-files'",
  },
  'npm start': { by: 'tests/integration/npm-start.spec.ts', shown: "'launch.mjs'), 'start'" },
  'npm run dev': typed("'npm run dev'"),
  'npm test': { by: '.ci/run', shown: 'npm test' },
  'npm run format': { by: 'tests/support/run/steps.ts', shown: "bin: 'prettier'" },
  'npm run build': { by: 'tests/deploy/production-page.spec.ts', shown: 'build.command' },
  'npm run migrate': typed("'npm run migrate'"),
  'DATABASE_URL=postgres://user:password@host:5432/chat npm run migrate': typed('DATABASE_URL: postgres.url'),
  'npm run connector': typed("'npm run connector'"),
  'npm run connector -- connector-config/chat.json': typed(
    "'npm run connector -- connector-config/chat.json'",
  ),
  'npm run connector -- --config connector-config/chat.env': typed('-- --config connector-config/chat.env'),
  'npm run connector -- --check connector-config/chat.json': typed('-- --check connector-config/chat.json'),
  'npm run connector -- --setup connector-config/chat.json': typed('-- --setup connector-config/chat.json'),
  'npm run connector -- --setup chat.json': typed('-- --setup chat.json'),
  'npm run connector -- --help': { by: 'connector/test/check.test.ts', shown: "['--help']" },
  'npm run connector -- --set-aside connector-config/chat.json': operated("'--set-aside'"),
  'npm run connector -- --retry 7,12 connector-config/chat.json': operated("'--retry'"),
  'npm run connector -- --discard all connector-config/chat.json': operated("'--discard', 'all'"),
  'npm run connector -- --replay chat_data --where "revision > 1" connector-config/chat.json': operated(
    "'--replay', 'My items', '--where'",
  ),
  'npm run broker': { by: 'local/broker/test/cli.test.ts', shown: '../src/main.ts' },
  'npm run broker -- --port 8081 --key app.key:secret': typed(
    'npm run broker -- --port ${port} --key app.key:secret',
  ),
  'npm run dead-letters': { by: 'local/stack/test/dead-letters.test.ts', shown: 'list-cli.ts' },
  'npm run redrive': { by: 'local/stack/test/dead-letters.test.ts', shown: 'redrive-cli.ts' },
  // One size stands for all seven, which take two minutes.
  'npm run screenshots': photographed,
  'npm run screenshots -- 390x844': photographed,
  'npm run bench': typed('npm run bench -- broker-fan-out-50'),
  'cd infra && AWS_REGION=eu-central-1 ABLY_EXTERNAL_ID=account.app CONNECTOR=none npx cdk synth --quiet':
    typed(
      'cd infra && AWS_REGION=eu-central-1 ABLY_EXTERNAL_ID=account.app CONNECTOR=none npx cdk synth --quiet',
    ),
};

/**
 * Commands within a sentence that need a cloud account. (A block of commands states it in the line
 * above.)
 */
export const IN_THE_CLOUD =
  /^(npm run (deploy|doctor|destroy)\b|npm run redrive -- --queue |aws |cdk bootstrap$)/;

/** Commands that need a container engine. `npm run test:docker` runs their equivalents. */
export const IN_DOCKER = /^(docker (build|run|compose) |npm run test:docker$)/;

export interface DocumentedCommand {
  readonly page: string;
  readonly command: string;
  /** The line above its block states that it needs a cloud account. */
  readonly marked: boolean;
}

const PROGRAM = /^([A-Z_]+=\S+ )*(npm|npx|node|docker|git|curl|psql|aws|cdk|netlify) \S/;

/**
 * Every command of every page, in `sh` blocks and in sentences. A placeholder such as `<path>`
 * makes it a pattern.
 */
export function documentedCommands(): DocumentedCommand[] {
  const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: REPOSITORY, encoding: 'utf8' });
  // Changelog entries describe the commands of their time.
  const isRead = (page: string) => page !== '' && page !== 'CHANGELOG.md';
  return pages.split('\n').filter(isRead).flatMap(commandsOf);
}

function commandsOf(page: string): DocumentedCommand[] {
  const text = readFileSync(join(REPOSITORY, page), 'utf8');
  const inBlocks = [...text.matchAll(/([^\n]*)\n+```sh\n([\s\S]*?)```/g)].flatMap(
    ([, before = '', lines = '']) => {
      const marked = /_needs a cloud account:_$/i.test(before.trim());
      const commands = lines.split('\n').map((line) => line.replace(/(^| +)#.*/, '').trim());
      return commands.filter(Boolean).map((command) => ({ page, command, marked }));
    },
  );
  const sentences = text.replaceAll(/```[\s\S]*?```/g, '');
  const inSentences = [...sentences.matchAll(/`([^`]+)`/g)]
    .map(([, code = '']) => code.replaceAll(/\s+/g, ' ').trim())
    .filter((code) => PROGRAM.test(code) && !/<[\w ]+>/.test(code))
    .map((command) => ({ page, command, marked: false }));
  return [...inBlocks, ...inSentences];
}
