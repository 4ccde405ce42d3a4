import { spawn } from 'node:child_process';

export interface FunctionCall {
  readonly method: string;
  readonly query?: string;
  readonly body?: string;
}

export interface FunctionProcess {
  call(name: string, call: FunctionCall): Promise<{ status: number; body: string }>;
  close(): Promise<void>;
}

/** Loads the module named by each message, calls what it exports by default as Netlify does, and reports the answer. */
const CHILD = `
process.on('message', async ({ id, entry, url, init }) => {
  try {
    const { default: handler } = await import(entry);
    const response = await handler(new Request(url, init), {});
    process.send({ id, status: response.status, body: await response.text() });
  } catch (error) {
    process.send({ id, status: 0, body: String(error?.stack ?? error) });
  }
});
`;

/**
 * A process that knows nothing but the functions' own environment.
 * @param entries name of each function → its module, absolute
 */
export function startFunctionProcess(
  entries: Readonly<Record<string, string>>,
  env: Record<string, string>,
): FunctionProcess {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', CHILD], {
    env,
    cwd: '/',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (answer: { status: number; body: string }) => void>();
  child.on('message', ({ id, status, body }: { id: number; status: number; body: string }) => {
    waiting.get(id)?.({ status, body });
    waiting.delete(id);
  });
  let calls = 0;
  return {
    call(name, { method, query = '', body }) {
      const id = (calls += 1);
      const entry = entries[name];
      if (entry === undefined) throw new Error(`There is no function ${name}`);
      const url = `https://chat.example/.netlify/functions/${name}${query}`;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        child.send({ id, entry, url, init: { method, ...(body !== undefined && { body }) } });
      });
    },
    close: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve());
        child.kill();
      }),
  };
}
