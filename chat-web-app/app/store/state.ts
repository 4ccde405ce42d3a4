import type { ConnectionState } from './modules/connection';
import type { MessagesState } from './modules/messages';
import type { OutboxState } from './modules/outbox';
import type { PresenceState } from './modules/presence';
import type { SessionState } from './modules/session';

export interface RootState {
  session: SessionState;
  connection: ConnectionState;
  messages: MessagesState;
  outbox: OutboxState;
  presence: PresenceState;
}
