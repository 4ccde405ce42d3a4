import type { Format } from '../protocol/codec.ts';
import type { Reply } from './reply.ts';
import type { RestRequest } from './request.ts';

/** Answers one method on one path. What it throws becomes the error answer. */
export type Route = (request: RestRequest, format: Format) => Reply | Promise<Reply>;
