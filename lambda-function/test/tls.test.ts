import { X509Certificate } from 'node:crypto';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { describe, expect } from 'vitest';
import { trustedAuthorities } from '../src/database/authorities.ts';
import { withClient } from './support/databases.ts';
import { chatMsg, envelope } from './support/events.ts';
import { test as base } from './support/fixtures.ts';
import { databaseEnv, startInstance } from './support/functions.ts';

interface TlsServer {
  url: string;
  /** The writer's environment for a verified connection, without an authority to trust. */
  env: Record<string, string>;
  /** Contains good.pem, the server's certificate, and other.pem, an unrelated one. */
  folder: string;
}

const test = base.extend<{ tlsServer: TlsServer }>({
  tlsServer: [
    async ({ databases }, use) => {
      const url = await databases.create();
      const folder = await mkdtemp(join(tmpdir(), 'chat-tls-'));
      const [good, other] = await Promise.all([
        certificateFor('localhost'),
        certificateFor('elsewhere.example'),
      ]);
      await writeFile(join(folder, 'good.pem'), good.cert);
      await writeFile(join(folder, 'other.pem'), other.cert);
      await turnOnTls(url, good);
      await use({ url, folder, env: { ...databaseEnv(url), PGHOST: 'localhost', PGSSLMODE: 'verify-full' } });
      await rm(folder, { recursive: true });
    },
    { scope: 'file' },
  ],
});
test.beforeAll(({ tlsServer }) => void tlsServer);

const certificateFor = (host: string) =>
  generate([{ name: 'commonName', value: host }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });

/** PostgreSQL rejects a key file that another user owns or may read. */
async function turnOnTls(
  url: string,
  { cert, private: key }: { cert: string; private: string },
): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query('show data_directory');
    const data = rows[0].data_directory as string;
    const { uid, gid } = await stat(data);
    for (const [name, text] of [
      ['server.crt', cert],
      ['server.key', key],
    ] as const) {
      await writeFile(join(data, name), text, { mode: 0o600 });
      await chown(join(data, name), uid, gid);
    }
    await client.query('alter system set ssl = on');
    await client.query('select pg_reload_conf()');
  });
}

describe('the trusted authorities', () => {
  const subjectsFor = async (host: string) =>
    (await trustedAuthorities(host))?.map((pem) => new X509Certificate(pem).subject);

  test('for an RDS host are those of its region', async () => {
    for (const host of [
      'chat.c1a2b3.eu-west-1.rds.amazonaws.com',
      'chat.cluster-ro-c1a2b3.us-east-2.rds.amazonaws.com',
    ]) {
      const region = host.split('.')[2];
      const subjects = await subjectsFor(host);
      expect(subjects).toContainEqual(expect.stringContaining(`CN=Amazon RDS ${region} Root CA RSA2048 G1`));
      expect(subjects?.every((subject) => subject.includes(`RDS ${region} `))).toBe(true);
    }
  });

  test.each([
    'chat.proxy-c1a2b3.eu-west-1.rds.amazonaws.com',
    'db.example.org',
    'eu-west-1.rds.amazonaws.com.example.org',
  ])('for %s are Node’s defaults', async (host) => {
    expect(await trustedAuthorities(host)).toBeUndefined();
  });

  test('for an unknown RDS region cause an error that names PGSSLROOTCERT', async () => {
    await expect(trustedAuthorities('chat.c1.xx-north-9.rds.amazonaws.com')).rejects.toThrow(
      'no certificate authority for RDS in xx-north-9. Set PGSSLROOTCERT to a PEM file that contains them.',
    );
  });
});

describe('chat-writer’s connection to another machine', () => {
  test('is encrypted when a trusted authority signed the server’s certificate', async ({
    tlsServer: { url, env, folder },
    lines,
  }) => {
    const writer = await startInstance('chat-writer', { ...env, PGSSLROOTCERT: join(folder, 'good.pem') });
    expect(await writer(envelope(chatMsg('m')))).toEqual({ written: 1 });
    expect(lines).toHaveLength(1);
    await withClient(`${url}?sslmode=disable`, async (client) => {
      const { rows } = await client.query(
        `select ssl, version from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'chat-lambda'`,
      );
      expect(rows).toEqual([{ ssl: true, version: 'TLSv1.3' }]);
    });
  });

  test.for<[string, string | undefined]>([
    ['no authority is configured', undefined],
    ['another authority is configured', 'other.pem'],
  ])('fails for a self-signed certificate when %s', async ([, root], { tlsServer: { env, folder } }) => {
    const writer = await startInstance('chat-writer', {
      ...env,
      ...(root && { PGSSLROOTCERT: join(folder, root) }),
    });
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(/self-signed certificate/),
    });
  });
});
