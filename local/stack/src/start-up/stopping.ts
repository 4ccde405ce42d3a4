import { killAllChildren } from '@chat/processes';

/**
 * One Ctrl-C arrives up to three times: from the terminal, passed on by npm, and by launch.mjs. Only what comes later than
 * this, in ms, is a person who has lost patience.
 */
const ECHO_MS = 1_000;

/**
 * Turns the ways of being told to stop into one signal. The first asks: the caller stops everything in order. A second one
 * kills what is left at once. Also stops when the launcher is gone without a word (killed outright).
 * @param onAsked told once, with the reason
 */
export function listenForStop(onAsked: (reason: string) => void): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  const ask = (reason: string) => {
    if (controller.signal.aborted) {
      if (Date.now() - askedAt < ECHO_MS) return;
      killAllChildren();
      process.exit(130);
    }
    askedAt = Date.now();
    onAsked(reason);
    controller.abort(new Error(`Stopped by ${reason}`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ask(signal));
  process.once('disconnect', () => ask('the end of its launcher'));
  // Listening to the launcher must not keep this process alive.
  process.channel?.unref();
  return controller.signal;
}
