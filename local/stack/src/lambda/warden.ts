import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Remembers process groups by `+ <id>` and `- <id>`, and kills those that are left when nobody is there to tell it more. */
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
 * Sees to it that no process group outlives this process, even if it is killed outright. A child in good health notices that by itself
 * (see leash.ts), but a frozen one notices nothing.
 */
export interface Warden {
  watch(group: number): void;
  forget(group: number): void;
  /** Resolves when it has killed whatever it still watches, and is gone. */
  close(): Promise<void>;
}

/** A shell, 1 MB, in a session of its own: Ctrl-C in a terminal ends us, not it. */
export function startWarden(): Warden {
  const child = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const gone = once(child, 'close');
  // Should it be gone, there is nobody to tell: it is a second line of defence.
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
