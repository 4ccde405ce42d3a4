import { buildFunctions } from '@chat/lambda-function/build';
import { dirname } from 'node:path';
import { buildOwnFunctions } from '../functions/build.ts';
import { REPOSITORY } from '../names.ts';

/**
 * The folders that a deployment uploads: one per Lambda zip, and the build context of the
 * connector's image.
 */
export interface Artefacts {
  readonly writer: string;
  readonly history: string;
  readonly migrate: string;
  readonly connectorWatch: string;
  readonly refreshConnector: string;
  /** Contains `connector/Dockerfile`. */
  readonly connectorContext: string;
}

/** Builds the functions. The CDK builds the image, and only when it deploys. */
export async function buildArtefacts(): Promise<Artefacts> {
  const [chat, own] = await Promise.all([buildFunctions(), buildOwnFunctions()]);
  return {
    writer: dirname(chat['chat-writer']),
    history: dirname(chat['chat-history']),
    ...own,
    connectorContext: REPOSITORY,
  };
}
