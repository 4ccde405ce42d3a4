import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkOut } from './support/checkout.ts';
import { startCommand } from './support/shell.ts';

// Apart from commands.spec.ts: it takes as long as all of those, and so runs beside them.
test('npm run screenshots -- 390x844 saves those of one size', { timeout: 120_000 }, async () => {
  const clone = await mkdtemp(join(tmpdir(), 'chat-clone-'));
  onTestFinished(() => rm(clone, { recursive: true, force: true }));
  await checkOut(clone);
  const command = startCommand('npm run screenshots -- 390x844', clone, {
    CI: 'true',
    LOCAL_DATA_DIR: join(clone, '.local'),
  });
  const { code, output } = await command.ended;
  expect(code, output).toBe(0);
  const pictures = await readdir(join(clone, 'screenshots'));
  expect(pictures.filter((name) => name.startsWith('390x844')).length).toBeGreaterThan(20);
});
