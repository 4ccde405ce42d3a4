/**
 * A process of subscribers, commanded by IPC messages, so that the server has a core of its own.
 */
import { connect, type Client } from './client.ts';
import { now, type DialectName } from './dialect.ts';

export type Command =
  | { do: 'connect'; dialect: DialectName; port: number; count: number }
  /** Answered once every subscriber has received so many messages since the last answer. */
  | { do: 'receive'; messages: number };

/** `finishedAt` in ns, `delays` in ms, one per delivery. */
export type Answer = { finishedAt: number; delays: number[] };

const clients: Client[] = [];
let received = 0;
let delays: number[] = [];
let finishedAt = 0;
let onProgress = () => {};

function onMessage(sentAt: number): void {
  finishedAt = now();
  received += 1;
  delays.push((finishedAt - sentAt) / 1e6);
  onProgress();
}

async function open(dialect: DialectName, port: number, count: number): Promise<void> {
  const batch = 50; // more at once could overflow the server's accept queue
  while (clients.length < count) {
    const missing = Math.min(batch, count - clients.length);
    clients.push(
      ...(await Promise.all(Array.from({ length: missing }, () => connect(dialect, port, onMessage)))),
    );
  }
}

async function receive(messages: number): Promise<Answer> {
  const expected = messages * clients.length;
  await new Promise<void>((resolve) => {
    onProgress = () => {
      if (received >= expected) resolve();
    };
    onProgress();
  });
  const answer = { finishedAt, delays };
  [received, delays, onProgress] = [0, [], () => {}];
  return answer;
}

async function run(command: Command): Promise<Answer> {
  if (command.do === 'receive') return receive(command.messages);
  await open(command.dialect, command.port, command.count);
  return { finishedAt: now(), delays: [] };
}

process.on('message', (command: Command) => {
  run(command).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      throw error;
    },
  );
});
