import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Reads `+ <id>` and `- <id>` of process groups, and kills the remaining ones when its input ends.
 */
const SCRIPT = `
while read -r change group; do
  if [ "$change" = + ]; then groups="$groups $group"; continue; fi
  rest=
  for other in $groups; do [ "$other" = "$group" ] || rest="$rest $other"; done
  groups=$rest
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * Kills the watched process groups when this process ends, even after kill -9. The leash of
 * @chat/processes cannot do that here: a frozen process does not react to it.
 */
export interface Warden {
  watch(group: number): void;
  forget(group: number): void;
  /** Kills the groups that are still watched, and resolves when the warden itself has ended. */
  close(): Promise<void>;
}

/** Starts a shell (1 MB of memory), detached so that Ctrl-C in a terminal does not end it. */
export function startWarden(): Warden {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const gone = once(child, 'close');
  // Ignored: without the warden, the regular stop of each instance remains.
  child.stdin.on('error', () => undefined);
  return {
    watch: (group) => void child.stdin.write(`+ ${group}\n`),
    forget: (group) => void child.stdin.write(`- ${group}\n`),
    async close() {
      child.stdin.end();
      await gone;
    },
  };
}
