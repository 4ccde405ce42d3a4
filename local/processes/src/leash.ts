/**
 * Preloaded into a child (`node --import`). The starter's end of this process's standard input
 * closes when the starter is gone, even after kill -9; then this process ends itself.
 */
import { isMainThread } from 'node:worker_threads';

// Keep the leash out of this child's own children and threads: their standard input is another one.
const own = [import.meta.url, import.meta.filename];
const index = process.execArgv.findIndex((argument) => own.includes(argument));
if (index > 0) process.execArgv.splice(index - 1, 2);

if (isMainThread) {
  process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.resume();
  // Reading must not keep a child alive that has finished its work.
  (process.stdin as unknown as { unref?: () => void }).unref?.();
}
