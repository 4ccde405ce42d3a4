import type { Browser, BrowserContext } from 'playwright-core';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { ChatPage } from '../support/chat-page.ts';
import { checkOut } from './support/checkout.ts';
import { startDeployedSystem, type DeployedSystem } from './support/deployed-system.ts';
import { startNetlifySite } from './support/netlify-site.ts';
import { startOutside, type Outside } from './support/outside.ts';
import { startCommand } from './support/shell.ts';

/*
 * The page as Netlify builds it, in a browser, at its own and Ably's production addresses, over
 * TLS. The addresses lead to the packages of Netlify's local server and to a broker on this
 * machine.
 */

const SITE = 'my-chat.netlify.app';
const ABLY = 'main.realtime.ably.net';
/** How soon the other tab must show a change, in ms. */
const SOON = 10_000;

const BuildSchema = v.object({ build: v.object({ command: v.string(), publish: v.string() }) });

const owned = new AsyncDisposableStack();
let system: DeployedSystem;
let publish: string;
let outside: Outside;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  const clone = await mkdtemp(join(tmpdir(), 'chat-clone-'));
  owned.defer(() => rm(clone, { recursive: true, force: true }));
  system = await startDeployedSystem([ABLY]);
  owned.defer(() => system.close());

  await checkOut(clone);
  const toml = parse(await readFile(join(clone, 'netlify.toml'), 'utf8'));
  const { build } = v.parse(BuildSchema, toml);
  const netlify = { NETLIFY: 'true', CI: 'true', CONTEXT: 'production', URL: `https://${SITE}` };
  const built = await startCommand(build.command, clone, { ...netlify, ...system.variables }).ended;
  expect(built, built.output).toMatchObject({ code: 0 });
  publish = join(clone, build.publish);

  const { callFunction } = system;
  const site = await startNetlifySite({ root: clone, publish, callFunction, hosts: [SITE] });
  owned.defer(() => site.close());
  outside = await startOutside({ [SITE]: site.port, [ABLY]: system.ablyPort });
  owned.defer(() => outside.close());
  browser = await launchBrowser();
  owned.defer(() => browser.close());
  // By default Chromium bypasses a proxy for loopback addresses; the test must notice requests
  // there.
  const proxy = { server: outside.proxy, bypass: '<-loopback>' };
  context = await browser.newContext({ proxy, ignoreHTTPSErrors: true });
});
afterAll(() => owned.disposeAsync());

describe('the page that Netlify builds', () => {
  test('contains no address of this machine and no secret', async () => {
    const files = (await readdir(publish, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(5);
    const { ABLY_API_KEY = '', IDENTITY_SECRET, HISTORY_SECRET, CHAT_HISTORY_URL } = system.variables;
    const secrets = [ABLY_API_KEY.split(':')[1], ABLY_API_KEY, IDENTITY_SECRET, HISTORY_SECRET];
    for (const { parentPath, name } of files) {
      const text = await readFile(join(parentPath, name), 'utf8');
      // Ably's library contains the bare word `localhost`, to distinguish a host from a routing
      // name.
      expect(text, name).not.toMatch(/127\.0\.0\.1|\[::1\]|\/\/localhost|localhost:/);
      for (const secret of [...secrets, CHAT_HISTORY_URL]) expect(text, name).not.toContain(secret);
    }
  });

  test('receives only the channels, so it connects to Ably’s own address', async () => {
    const request = new Request(`https://${SITE}/.netlify/functions/ably-auth`, { method: 'POST' });
    const session = (await (await system.callFunction(request))?.json()) as { config: object };
    expect(Object.keys(session.config)).toEqual(['channels', 'sourceUrl']);
    expect(session.config).toMatchObject({
      channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
    });
  });

  test('lets two people chat, edit and read the history', async () => {
    const ann = await ChatPage.join(context, `https://${SITE}/`, 'Ann');
    const bob = await ChatPage.join(context, `https://${SITE}/`, 'Bob');
    await bob.onlineCount(2).waitFor({ timeout: SOON });

    await ann.send('Sent in production');
    await bob.message('Sent in production').waitFor({ timeout: SOON });
    await ann.edit('Sent in production', 'Edited in production');
    await bob.message('Edited in production').waitFor({ timeout: SOON });
    expect(await bob.messages.count()).toBe(1);

    const read = context.waitForEvent('response', (response) => response.url().includes('/chat-history?'));
    read.catch(() => undefined); // awaited below; an earlier failure must be the only error
    const late = await ChatPage.join(context, `https://${SITE}/`, 'Late');
    await late.message('Edited in production').waitFor({ timeout: SOON });
    // Ably's rewind also delivers the message, so only the response proves that the page read
    // history.
    expect(await (await read).json()).toMatchObject({ rows: [{ msg_data: 'Edited in production' }] });
    await ann.delete('Edited in production');
    await late.message('Edited in production').waitFor({ state: 'detached', timeout: 3 * SOON });

    const others = new RegExp(`^requested https://(${SITE}|${ABLY})/`);
    for (const { complaints } of [ann, bob, late]) {
      expect(complaints.filter((complaint) => !others.test(complaint))).toEqual([]);
    }
    // Chromium itself, not the page, requests Google's form-filling service, without an answer.
    const requested = [...outside.requested].filter((host) => !host.endsWith('.googleapis.com'));
    expect(requested.toSorted()).toEqual([ABLY, SITE]);
  });
});
