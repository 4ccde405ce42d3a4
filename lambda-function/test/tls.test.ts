import { X509Certificate } from 'node:crypto';
import { chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate, startDatabaseServer, withClient, type DatabaseServer } from '@chat/test-database';
import { trustedAuthorities } from '../src/authorities.ts';
import { chatMsg, envelope } from './support/events.ts';
import { databaseEnv, startInstance } from './support/functions.ts';
import { catchLog } from './support/log-lines.ts';

describe('the authorities that may vouch for a database', () => {
  const subjectsFor = async (host: string) =>
    (await trustedAuthorities(host))?.map((pem) => new X509Certificate(pem).subject);

  test('on RDS are those of its region', async () => {
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
  ])('of %s are those that Node trusts', async (host) => {
    expect(await trustedAuthorities(host)).toBeUndefined();
  });

  test('of a region that is too new must be named', async () => {
    await expect(trustedAuthorities('chat.c1.xx-north-9.rds.amazonaws.com')).rejects.toThrow(
      'No certificate authority is known for RDS in xx-north-9: name a file of them in PGSSLROOTCERT',
    );
  });
});

describe('a connection that leaves the machine', () => {
  let server: DatabaseServer;
  let url: string;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    server = await startDatabaseServer();
    url = await server.createDatabase();
    await migrate(url);
    folder = await mkdtemp(join(tmpdir(), 'chat-tls-'));
    const [good, other] = await Promise.all([
      certificateFor('localhost'),
      certificateFor('elsewhere.example'),
    ]);
    await writeFile(join(folder, 'good.pem'), good.cert);
    await writeFile(join(folder, 'other.pem'), other.cert);
    await useTls(good);
    env = { ...databaseEnv(url), PGHOST: 'localhost', PGSSLMODE: 'verify-full' };
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const certificateFor = (host: string) =>
    generate([{ name: 'commonName', value: host }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
    });

  /** PostgreSQL takes a key only from a file that is its own and nobody else's; this one goes with the server. */
  async function useTls({ cert, private: key }: { cert: string; private: string }): Promise<void> {
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

  test('is encrypted, to a server whose certificate an authority that is trusted has signed', async () => {
    const lines = catchLog();
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

  test.each([
    ['nobody trusted has signed', {}, /self-signed certificate/],
    ['another authority than the trusted one has signed', { root: 'other.pem' }, /self-signed certificate/],
  ])('is not made when %s the certificate', async (_, { root }: { root?: string }, reason) => {
    catchLog();
    const writer = await startInstance('chat-writer', {
      ...env,
      ...(root && { PGSSLROOTCERT: join(folder, root) }),
    });
    await expect(writer(envelope(chatMsg('m')))).rejects.toMatchObject({
      name: 'DatabaseUnavailable',
      message: expect.stringMatching(reason),
    });
  });
});
