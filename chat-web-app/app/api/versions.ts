import { MessageVersionsSchema, ROUTES } from '@chat/contract';
import type { MessageVersions } from '@chat/contract';
import { identityHeader } from './identity-header';
import { requestJson, RequestFailed } from './request-json';
import type { TabStorage } from './tab-storage';

/** Reads the versions of a message. Returns null when there is no such message. */
export async function readVersions(
  tab: Pick<TabStorage, 'read'>,
  msgId: string,
): Promise<MessageVersions | null> {
  const query = new URLSearchParams({ id: msgId });
  try {
    return await requestJson(`${ROUTES.messageVersions}?${query.toString()}`, MessageVersionsSchema, {
      headers: identityHeader(tab),
    });
  } catch (error) {
    if (error instanceof RequestFailed && error.status === 404) return null;
    throw error;
  }
}
