import { access, constants } from 'node:fs/promises';
import { chromium, type Browser } from 'playwright-core';

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Without the first of these, a desktop Chromium calls home at every start; the tests must not leave the machine. */
const SWITCHES = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Several tabs are looked at in one test: those behind must go on as fast as the one in front.
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-background-timer-throttling',
];

/**
 * A headless Chromium: the one `CHROMIUM_PATH` names, else an installed one, else the one from npm (Linux only).
 * Its sandbox needs privileges that containers lack, and it opens nothing but our own pages: it runs without.
 */
export async function launchBrowser(): Promise<Browser> {
  const installed = await findInstalled();
  if (installed !== undefined) {
    return chromium.launch({ executablePath: installed, args: ['--no-sandbox', ...SWITCHES] });
  }
  // The package unpacks its own NSS libraries, which a bare container lacks, only when it believes to be in Lambda.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs24.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    // Not its own arguments: they turn CORS off and crash when a context closes.
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
