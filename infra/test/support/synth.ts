import { Template } from 'aws-cdk-lib/assertions';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stackName } from '../../src/names.ts';
import { readStackSettings } from '../../src/settings.ts';
import { createApp } from '../../src/stack/app.ts';
import { buildArtefacts, type Artefacts } from '../../src/stack/artefacts.ts';

/** Every shape that the stack can take; each has its golden template. */
export const CONFIGURATIONS = {
  standard: {},
  production: {
    STAGE: 'production',
    DATABASE_INSTANCE: 'm8g.large',
    DATABASE_MULTI_AZ: 'true',
    ALARM_EMAIL: 'somebody@example.com',
    BACKUP_DAYS: '30',
  },
  aurora: { DATABASE: 'aurora', DATABASE_MULTI_AZ: 'true' },
  proxy: { DATABASE_PROXY: 'true' },
  kinesis: { INGEST: 'kinesis' },
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

const ALWAYS = { AWS_REGION: 'eu-central-1', ABLY_EXTERNAL_ID: 'account.app', CONNECTOR_CPU: 'arm64' };

export interface Synthesized {
  readonly template: Template;
  readonly json: { Resources: Record<string, { Type: string; Properties: unknown; DependsOn?: string[] }> };
  readonly report: ValidationReport;
}

export interface ValidationReport {
  pluginReports: {
    pluginName: string;
    conclusion: string;
    violations: { ruleName: string }[];
    suppressedViolations: { ruleName: string; reason?: string; acknowledgedAt?: string }[];
  }[];
}

let built: Promise<Artefacts> | undefined;
const made = new Map<Configuration, Synthesized>();

/** The template as `cdk deploy` would send it, made without network, credentials or Docker. */
export async function synthesize(configuration: Configuration): Promise<Synthesized> {
  const known = made.get(configuration);
  if (known) return known;
  built ??= buildArtefacts();
  const connectorContext = anyImage();
  const artefacts = { ...(await built), connectorContext };
  const settings = readStackSettings({ ...ALWAYS, ...CONFIGURATIONS[configuration] });
  const outdir = mkdtempSync(join(tmpdir(), 'chat-synth-'));
  try {
    const assembly = createApp(settings, artefacts, outdir).synth();
    const json = assembly.getStackByName(stackName(settings.STAGE)).template as Synthesized['json'];
    const report = JSON.parse(
      readFileSync(join(outdir, 'validation-report.json'), 'utf8'),
    ) as ValidationReport;
    const result = { template: Template.fromJSON(json), json, report };
    made.set(configuration, result);
    return result;
  } finally {
    for (const folder of [outdir, connectorContext]) rmSync(folder, { recursive: true, force: true });
  }
}

/** What is in the image does not show in the template; the real one is looked at in image.test.ts. */
function anyImage(): string {
  const context = mkdtempSync(join(tmpdir(), 'chat-image-'));
  mkdirSync(join(context, 'connector'));
  writeFileSync(join(context, 'connector/Dockerfile'), 'FROM scratch\n');
  return context;
}

/** The hashes of code change with every line of it; the template around them must not. */
export function withoutHashes(json: unknown): string {
  return `${JSON.stringify(json, null, 1)
    .replaceAll(/\b[0-9a-f]{64}\b/g, '<hash of the content>')
    .replaceAll(/("migrations": )"[0-9a-f]{32}"/g, '$1"<hash of sql/migrations>"')}\n`;
}
