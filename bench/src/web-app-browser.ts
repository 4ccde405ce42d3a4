import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const SWITCHES = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/**
 * Launches a headless Chromium: at `CHROMIUM_PATH`, else an installed one, else npm's (Linux only).
 */
export async function launchChromium(): Promise<Browser> {
  const installed = process.env.CHROMIUM_PATH ?? INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return chromium.launch({ executablePath: installed, args: SWITCHES });
  // The package unpacks its NSS libraries, which a bare container lacks, only if this is set.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs24.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    args: [...SWITCHES, '--headless=shell', '--disable-dev-shm-usage'],
  });
}
