/**
 * The local stack without the site, in a child process. Argument: data directory. Exits on
 * disconnect.
 */
import { startStack } from '@chat/stack';

process.on('SIGINT', () => undefined); // Ctrl-C also reaches the parent, which then disconnects
const start = new AbortController();
process.once('disconnect', () => start.abort(new Error('The process that started this stack has exited')));
const stack = await startStack({ dataDir: process.argv[2] ?? '', site: false, signal: start.signal });
process.once('disconnect', () => void stack.close());
process.send?.({ address: { chat: 'ours', ...stack.ably }, database: stack.postgres });
