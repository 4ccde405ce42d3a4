import { spawn } from 'node:child_process';

export interface FunctionProcess {
  /** Calls a function as Netlify does. @throws Error with the function's error */
  call(name: string, request: Request): Promise<Response>;
  close(): Promise<void>;
}

type Answer =
  { id: number; status: number; headers: [string, string][]; body: string } | { id: number; failure: string };

/**
 * Loads the module that a message names, calls its default export as Netlify does, and sends the
 * response.
 */
const CHILD = `
process.on('message', async ({ id, entry, url, init }) => {
  try {
    const { default: handler } = await import(entry);
    const response = await handler(new Request(url, init), {});
    process.send({ id, status: response.status, headers: [...response.headers], body: await response.text() });
  } catch (error) {
    process.send({ id, failure: String(error?.stack ?? error) });
  }
});
`;

/**
 * Starts a process with the environment of the functions and nothing else.
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
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let calls = 0;
  return {
    async call(name, request) {
      const id = (calls += 1);
      const entry = entries[name];
      if (entry === undefined) throw new Error(`There is no function ${name}`);
      const { url, method } = request;
      const body = await request.text();
      const init = { method, headers: [...request.headers], ...(body && { body }) };
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(id, resolve);
        child.send({ id, entry, url, init });
      });
      if ('failure' in answer) throw new Error(`The function ${name} threw: ${answer.failure}`);
      return new Response(answer.body, { status: answer.status, headers: answer.headers });
    },
    close: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve());
        child.kill();
      }),
  };
}
