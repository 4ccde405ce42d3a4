/** A process full of subscribers. The parent tells it what to do by messages; so the server has a core of its own. */
import { connect, type Client } from './client.ts';
import { now, type DialectName } from './dialect.ts';

export type Command =
  | { do: 'connect'; dialect: DialectName; port: number; count: number }
  /** Answered when every subscriber has had so many messages since the last time. */
  | { do: 'await'; messages: number }
  | { do: 'close' };

/** Delays are in ms; there are none unless asked for, because keeping them costs. */
export type Answer = { finishedAt: number; delays: number[] };

let clients: Client[] = [];
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
  const batch = 50; // at once, so that no server's queue of new connections overflows
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

async function obey(command: Command): Promise<Answer> {
  if (command.do === 'await') return receive(command.messages);
  if (command.do === 'connect') await open(command.dialect, command.port, command.count);
  else {
    for (const client of clients) client.close();
    clients = [];
  }
  return { finishedAt: now(), delays: [] };
}

process.on('message', (command: Command) => {
  obey(command).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      throw error;
    },
  );
});
