import { killAllChildren } from '@chat/processes';

/**
 * One Ctrl-C arrives up to three times: from the terminal, from npm and from launch.mjs. A signal
 * counts as a second Ctrl-C only after this time, in ms.
 */
const ECHO_MS = 1_000;

/**
 * Returns a signal that aborts at SIGINT, SIGTERM, SIGHUP or when the launcher was killed; the
 * caller then stops everything in order. A second signal kills the remaining children and ends this
 * process at once.
 * @param onStop called once, with the reason
 */
export function listenForStop(onStop: (reason: string) => void): AbortSignal {
  const controller = new AbortController();
  let stoppedAt = 0;
  const stop = (reason: string) => {
    if (controller.signal.aborted) {
      if (Date.now() - stoppedAt < ECHO_MS) return;
      killAllChildren();
      process.exit(130);
    }
    stoppedAt = Date.now();
    onStop(reason);
    controller.abort(new Error(`Stopped by ${reason}`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  process.once('disconnect', () => stop('the end of its launcher'));
  // The channel to the launcher must not keep this process alive.
  process.channel?.unref();
  return controller.signal;
}
