export { failingLess, journey, publish, threads, travel } from '../../../sql/test/support/histories.ts';
export { publishedInOrder, readShown, type Message } from '../../../sql/test/support/messages.ts';
