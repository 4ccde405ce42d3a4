import { buildFunctions } from '@chat/lambda-function/build';
import { dirname } from 'node:path';
import { buildOwnFunctions } from '../functions/build.ts';
import { REPOSITORY } from '../names.ts';

/** What is uploaded: folders that become zips, and the one that Docker builds the connector from. */
export interface Artefacts {
  readonly writer: string;
  readonly history: string;
  readonly migrate: string;
  readonly connectorWatch: string;
  readonly refreshConnector: string;
  /** Has `connector/Dockerfile`. */
  readonly connectorContext: string;
}

/** Builds everything that becomes a zip. The image is built by the CDK, only when it is deployed. */
export async function buildArtefacts(): Promise<Artefacts> {
  const [chat, own] = await Promise.all([buildFunctions(), buildOwnFunctions()]);
  return {
    writer: dirname(chat['chat-writer']),
    history: dirname(chat['chat-history']),
    ...own,
    connectorContext: REPOSITORY,
  };
}
