/**
 * Loaded into a child before its own code (`node --import`). Whoever started the child holds the other end of its standard
 * input; when that end closes, the starter is gone without having stopped us (kill -9), and nobody else will.
 */
import { isMainThread } from 'node:worker_threads';

// Children and threads of this child would load it too, and their standard input is another one.
const here = process.execArgv.indexOf(import.meta.filename);
if (here > 0) process.execArgv.splice(here - 1, 2);

if (isMainThread) {
  process.stdin.once('close', () => process.kill(process.pid, 'SIGTERM'));
  process.stdin.resume();
  // Watching must not keep a child alive that has nothing left to do.
  (process.stdin as unknown as { unref?: () => void }).unref?.();
}
