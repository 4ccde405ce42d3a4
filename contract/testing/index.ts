export { failingLess, journey, publish, threads, travel } from './histories.ts';
export { publishedInOrder, readShown, type Message, type Shown } from './messages.ts';
