/** Our whole local stack, but for the site, in processes of its own. Argument: data directory. Ends when its parent lets go. */
import { startStack } from '@chat/stack';

process.on('SIGINT', () => undefined); // Ctrl-C reaches the parent, too, who then lets go
const start = new AbortController();
process.once('disconnect', () => start.abort(new Error('Whoever started this stack is gone')));
const stack = await startStack({ dataDir: process.argv[2] ?? '', site: false, signal: start.signal });
process.once('disconnect', () => void stack.close());
process.send?.({ address: { chat: 'ours', ...stack.ably }, database: stack.postgres });
