import type { Browser, BrowserContext } from 'playwright-core';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { ChatPage } from '../support/chat-page.ts';
import { checkOut } from './support/checkout.ts';
import { startDeployedSystem, type DeployedSystem } from './support/deployed-system.ts';
import { startNetlifySite } from './support/netlify-site.ts';
import { startOutside, type Outside } from './support/outside.ts';
import { startCommand } from './support/shell.ts';

/**
 * The page as Netlify builds it, in a browser, at addresses as in production: its own and Ably's, over TLS. Only where these
 * lead is another place: to Netlify's own parts, and to a broker, on this machine.
 */
const SITE = 'my-chat.netlify.app';
const ABLY = 'main.realtime.ably.net';
/** In milliseconds: how soon the other must see it. */
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
  system = await startDeployedSystem();
  owned.defer(() => system.close());

  await checkOut(clone);
  const toml = parse(await readFile(join(clone, 'netlify.toml'), 'utf8'));
  const { build } = v.parse(BuildSchema, toml);
  const netlify = { NETLIFY: 'true', CI: 'true', CONTEXT: 'production', URL: `https://${SITE}` };
  const built = await startCommand(build.command, clone, { ...netlify, ...system.variables }).ended;
  expect(built, built.output).toMatchObject({ code: 0 });
  publish = join(clone, build.publish);

  const { callFunction } = system;
  const site = await startNetlifySite({ root: clone, publish, callFunction });
  owned.defer(() => site.close());
  outside = await startOutside({ [SITE]: site.port, [ABLY]: system.ablyPort });
  owned.defer(() => outside.close());
  browser = await launchBrowser();
  owned.defer(() => browser.close());
  // What Chromium keeps from a proxy by itself, addresses of this machine, must not be reached past it.
  const proxy = { server: outside.proxy, bypass: '<-loopback>' };
  context = await browser.newContext({ proxy, ignoreHTTPSErrors: true });
});
afterAll(() => owned.disposeAsync());

describe('the page that Netlify builds', () => {
  it('has nothing of this machine in it, and no secret', async () => {
    const files = (await readdir(publish, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThan(5);
    const { ABLY_API_KEY = '', IDENTITY_SECRET, HISTORY_SECRET, CHAT_HISTORY_URL } = system.variables;
    const secrets = [ABLY_API_KEY.split(':')[1], ABLY_API_KEY, IDENTITY_SECRET, HISTORY_SECRET];
    for (const { parentPath, name } of files) {
      const text = await readFile(join(parentPath, name), 'utf8');
      // Ably's library knows the word itself, to tell a host from a routing name.
      expect(text, name).not.toMatch(/127\.0\.0\.1|\[::1\]|\/\/localhost|localhost:/);
      for (const secret of [...secrets, CHAT_HISTORY_URL]) expect(text, name).not.toContain(secret);
    }
  });

  it('is told nothing but the channels: Ably is at Ably’s own address', async () => {
    const request = new Request(`https://${SITE}/.netlify/functions/ably-auth`, { method: 'POST' });
    const session = (await (await system.callFunction(request))?.json()) as { config: object };
    expect(Object.keys(session.config)).toEqual(['channels', 'sourceUrl']);
    expect(session.config).toMatchObject({
      channels: { outgoing: 'outgoing-chat', incoming: 'incoming-chat' },
    });
  });

  it('lets two people talk, correct each other’s view and find the past again', async () => {
    const ann = await ChatPage.join(context, `https://${SITE}/`, 'Ann');
    const bob = await ChatPage.join(context, `https://${SITE}/`, 'Bob');
    await bob.onlineCount(2).waitFor({ timeout: SOON });

    await ann.send('Sent in production');
    await bob.message('Sent in production').waitFor({ timeout: SOON });
    await ann.edit('Sent in production', 'Edited in production');
    await bob.message('Edited in production').waitFor({ timeout: SOON });
    expect(await bob.messages.count()).toBe(1);

    const read = context.waitForEvent('response', (response) => response.url().includes('/chat-history?'));
    read.catch(() => undefined); // awaited below; until then what fails before must be the only error
    const late = await ChatPage.join(context, `https://${SITE}/`, 'Late');
    await late.message('Edited in production').waitFor({ timeout: SOON });
    // Ably itself still knows what was just said, so the page alone does not tell that the past was read.
    expect(await (await read).json()).toMatchObject({ rows: [{ msg_data: 'Edited in production' }] });
    await ann.delete('Edited in production');
    await late.message('Edited in production').waitFor({ state: 'detached', timeout: 3 * SOON });

    const others = new RegExp(`^asked https://(${SITE}|${ABLY})/`);
    for (const { complaints } of [ann, bob, late]) {
      expect(complaints.filter((complaint) => !others.test(complaint))).toEqual([]);
    }
    // Chromium itself asks Google how to fill in a form, in vain; the page's policy would not let the page.
    const asked = [...outside.asked].filter((host) => !host.endsWith('.googleapis.com'));
    expect(asked.toSorted()).toEqual([ABLY, SITE]);
  });
});
