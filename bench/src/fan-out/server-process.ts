import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

const ReadyLine = v.pipe(v.string(), v.parseJson(), v.object({ ready: v.literal(true), port: v.number() }));

export interface ServerProcess {
  port: number;
  stop(): Promise<void>;
}

/** Starts a TypeScript program in a process of its own; its first output line reports its port. */
export async function startServer(script: URL, args: string[] = []): Promise<ServerProcess> {
  const child = spawn(process.execPath, [fileURLToPath(script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]) => {
    throw new Error(`${script.pathname} exited with code ${code} before it was ready`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), failed])) as [string];
  failed.catch(() => undefined); // expected from now on
  return {
    port: v.parse(ReadyLine, line).port,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
