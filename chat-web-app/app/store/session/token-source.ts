import type { Session, TokenRequest } from '@chat/contract';
import type { ChatStore } from '../index';

/**
 * Returns the function that supplies the realtime client with token requests. Each token request is
 * valid for one use: the first one came with the session, later ones are requested from the server.
 * @param onNewIdentity called when the tab's credential has expired (the tab slept for a month, or
 *   the secret changed) and the server issued a new identity. The open connection cannot use its
 *   token, so the caller must open a new one.
 */
export function createTokenSource(
  first: Session,
  store: ChatStore,
  onNewIdentity: (session: Session) => void,
): () => Promise<TokenRequest> {
  let unused: TokenRequest | undefined = first.tokenRequest;
  return async () => {
    if (unused) {
      const request = unused;
      unused = undefined;
      return request;
    }
    const session = await store.dispatch('session/start');
    if (session.tokenRequest.clientId !== first.tokenRequest.clientId) {
      await store.dispatch('sending/rejectChanges');
      onNewIdentity(session);
      throw new Error("This tab's credential has expired; the chat reconnects with a new identity.");
    }
    return session.tokenRequest;
  };
}
