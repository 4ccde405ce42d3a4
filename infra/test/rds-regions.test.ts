import { RegionInfo } from 'aws-cdk-lib/region-info';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasRdsAuthority } from '../src/rds-regions.ts';
import { readStackSettings } from '../src/settings.ts';
import { artefactsOnce, REQUIRED, SYNTHESIS_TIMEOUT } from './support/synth.ts';

const regions = RegionInfo.regions.map(({ name }) => name);

/** Returns the subjects of all certificates in a bundle. */
async function authoritiesOf(folder: string): Promise<string[]> {
  const bundle = await readFile(join(folder, 'index.mjs'), 'utf8');
  const found = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.map((pem) => new X509Certificate(pem.replaceAll('\\n', '\n')).subject);
}

describe('a region is accepted exactly if', { timeout: SYNTHESIS_TIMEOUT }, () => {
  test.for(['writer', 'history', 'migrate', 'connectorWatch'] as const)(
    'the function "%s" can verify a database in it',
    async (name) => {
      const { [name]: folder } = await artefactsOnce();
      const authorities = await authoritiesOf(folder);
      expect(regions.length).toBeGreaterThan(30);
      for (const region of regions) {
        const bundled = authorities.some((subject) => subject.includes(` RDS ${region} Root CA RSA2048 G1`));
        expect(hasRdsAuthority(region), region).toBe(bundled);
      }
    },
  );
});

test.for(['il-central-1', 'ca-west-1', 'mx-central-1', 'ap-southeast-5'])(
  'the settings reject the region %s before anything is created',
  (AWS_REGION) => {
    expect(() => readStackSettings({ ...REQUIRED, AWS_REGION })).toThrow(/AWS_REGION: must be a region/);
  },
);

test.for(['eu-central-1', 'us-east-1', 'ap-southeast-4'])(
  'the settings accept the region %s',
  (AWS_REGION) => {
    expect(readStackSettings({ ...REQUIRED, AWS_REGION })).toMatchObject({ AWS_REGION });
  },
);
