import { Code, toWireError, WireError } from '../errors.ts';
import { errorReply, type Reply } from './reply.ts';

/** Success or `error` of each channel or target, in the order of the request. */
type Results = readonly object[];

/** Returns what `operation` returns, or the error, each beside what it is about. */
export function resultOf<About extends object>(about: About, operation: () => object): object {
  try {
    return { ...about, ...operation() };
  } catch (error) {
    return { ...about, error: toWireError(error).toWire() };
  }
}

export function counted(results: Results): object {
  const failureCount = results.filter(hasFailed).length;
  return { successCount: results.length - failureCount, failureCount, results };
}

/**
 * Returns the reply for clients up to protocol version 2: one flat list, or status 400 with the
 * list beside the error if any part failed.
 */
export function flatReply(status: number, results: Results): Reply {
  if (!results.some(hasFailed)) return { status, body: results };
  const error = new WireError(Code.batchFailed, 'Parts of the batch failed: batchResponse has the errors');
  const reply = errorReply(error);
  return { ...reply, body: { error: error.toWire(), batchResponse: results } };
}

const hasFailed = (result: object) => 'error' in result;
