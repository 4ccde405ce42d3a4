import { Template } from 'aws-cdk-lib/assertions';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackName } from '../../src/names.ts';
import { readStackSettings } from '../../src/settings.ts';
import { createApp } from '../../src/stack/app.ts';
import { buildArtefacts, type Artefacts } from '../../src/stack/artefacts.ts';

/** Configurations that cover every option of the stack; each has a golden template. */
export const CONFIGURATIONS = {
  standard: {},
  production: {
    STAGE: 'production',
    DATABASE_INSTANCE: 'm8g.large',
    DATABASE_MULTI_AZ: 'true',
    ALARM_EMAIL: 'alarms@example.com',
    MONTHLY_BUDGET: '500',
    BACKUP_DAYS: '30',
  },
  aurora: { DATABASE: 'aurora', DATABASE_MULTI_AZ: 'true' },
  proxy: { DATABASE_PROXY: 'true' },
  kinesis: { INGEST: 'kinesis' },
  'without-docker': { CONNECTOR_IMAGE: 'codebuild' },
  'hosted-connector': { CONNECTOR: 'none' },
  everything: {
    STAGE: 'production',
    DATABASE: 'aurora',
    DATABASE_PROXY: 'true',
    INGEST: 'kinesis',
    CONNECTOR_CPU: 'x64',
    WRITER_CONCURRENCY: '100',
  },
} as const satisfies Record<string, Record<string, string>>;

export type Configuration = keyof typeof CONFIGURATIONS;

/** Settings of the stack without a default. */
export const REQUIRED = {
  AWS_REGION: 'eu-central-1',
  ABLY_EXTERNAL_ID: 'account.app',
  ABLY_KEY_SECRET_ARN: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:ably-key-AbCdEf',
};

const ALWAYS = { ...REQUIRED, CONNECTOR_CPU: 'arm64', CONNECTOR_IMAGE: 'docker' };

interface Synthesized {
  readonly template: Template;
  readonly json: { Resources: Record<string, { Type: string; Properties: unknown; DependsOn?: string[] }> };
  readonly report: ValidationReport;
}

interface ValidationReport {
  pluginReports: {
    pluginName: string;
    conclusion: string;
    violations: { ruleName: string }[];
    suppressedViolations: { ruleName: string; reason?: string; acknowledgedAt?: string }[];
  }[];
}

/** The first synthesis of a file bundles all functions: up to a minute on a busy machine. In ms. */
export const SYNTHESIS_TIMEOUT = 180_000;

let built: Promise<Artefacts> | undefined;

/** Builds the artefacts once per file: two builds in one process would write the same files. */
export const artefactsOnce = (): Promise<Artefacts> => (built ??= buildArtefacts());

const cache = new Map<string, Synthesized>();

/**
 * Synthesizes the template that `cdk deploy` would send, without network, credentials or Docker.
 * @param changed settings that differ from those of the configuration
 */
export async function synthesize(
  configuration: Configuration,
  changed: Readonly<Record<string, string>> = {},
): Promise<Synthesized> {
  const key = JSON.stringify([configuration, changed]);
  const cached = cache.get(key);
  if (cached) return cached;
  const connectorContext = emptyBuildContext();
  const artefacts = { ...(await artefactsOnce()), connectorContext };
  const settings = readStackSettings({ ...ALWAYS, ...CONFIGURATIONS[configuration], ...changed });
  const outdir = mkdtempSync(join(tmpdir(), 'chat-synth-'));
  try {
    const assembly = createApp(settings, artefacts, outdir).synth();
    const json = assembly.getStackByName(stackName(settings.STAGE)).template as Synthesized['json'];
    const report = JSON.parse(
      readFileSync(join(outdir, 'validation-report.json'), 'utf8'),
    ) as ValidationReport;
    const result = { template: Template.fromJSON(json), json, report };
    cache.set(key, result);
    return result;
  } finally {
    for (const folder of [outdir, connectorContext]) rmSync(folder, { recursive: true, force: true });
  }
}

/** The template does not depend on the image's content, which image.test.ts tests. */
function emptyBuildContext(): string {
  const context = mkdtempSync(join(tmpdir(), 'chat-image-'));
  mkdirSync(join(context, 'connector'));
  writeFileSync(join(context, 'connector/Dockerfile'), 'FROM scratch\n');
  return context;
}

/** Replaces the hashes of code, which change with every line of it. */
export function withoutHashes(json: unknown): string {
  return `${JSON.stringify(json, null, 1)
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<hash of the content>')
    .replaceAll(/("migrations": )"[0-9a-f]{32}"/g, '$1"<hash of sql/migrations>"')}\n`;
}
