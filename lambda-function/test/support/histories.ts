export {
  failingLess,
  journey,
  publish,
  publishedInOrder,
  readShown,
  threads,
  travel,
  type Message,
} from '@chat/contract/testing';
