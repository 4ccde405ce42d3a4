/**
 * The local stack without the site, in a child process. Arguments: data directory, Ably plan. Exits
 * on disconnect.
 */
import { PLAN_NAMES } from '@chat/broker';
import { startStack } from '@chat/stack';
import * as v from 'valibot';

process.on('SIGINT', () => undefined); // Ctrl-C also reaches the parent, which then disconnects
const start = new AbortController();
process.once('disconnect', () => start.abort(new Error('The process that started this stack has exited')));
const dataDir = process.argv[2] ?? '';
const broker = { plan: v.parse(v.picklist(PLAN_NAMES), process.argv[3]), ruleLoss: 0 };
const stack = await startStack({ dataDir, broker, site: false, signal: start.signal });
process.once('disconnect', () => void stack.close());
process.send?.({ address: { chat: 'ours', ...stack.ably }, database: stack.postgres });
