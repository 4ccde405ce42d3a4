import { join, resolve } from 'node:path';

/** The root of the repository, absolute. */
export const REPOSITORY = resolve(import.meta.dirname, '../..');

export const WEB_APP = join(REPOSITORY, 'chat-web-app');
