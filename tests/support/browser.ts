import { access, constants } from 'node:fs/promises';
import { chromium, type Browser } from 'playwright-core';

/** The headless shell is the same engine without the desktop, and takes a third less processor time. */
const INSTALLED = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A desktop Chromium contacts its servers at every start; the tests must stay on this machine. */
const SWITCHES = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A test watches several tabs, so the ones behind must run as fast as the one in front.
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-background-timer-throttling',
];

/**
 * Launches a headless Chromium: the one that `CHROMIUM_PATH` names, else an installed one, else the
 * one from npm (Linux only). It runs without its sandbox, which needs privileges that containers
 * lack; it opens only our own pages.
 */
export async function launchBrowser(): Promise<Browser> {
  const installed = await findInstalled();
  if (installed !== undefined) {
    return chromium.launch({ executablePath: installed, args: ['--no-sandbox', ...SWITCHES] });
  }
  // Only where it detects Lambda does the package unpack its NSS libraries, which a bare container
  // lacks.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs24.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    // Its own arguments disable CORS and crash when a context closes.
    args: ['--no-sandbox', '--headless=shell', '--disable-dev-shm-usage', ...SWITCHES],
  });
}

async function findInstalled(): Promise<string | undefined> {
  const named = process.env.CHROMIUM_PATH;
  if (named) return named;
  for (const path of INSTALLED) {
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
