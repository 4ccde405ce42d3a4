import type { ConnectionState } from './modules/connection';
import type { DraftsState } from './modules/drafts';
import type { MessagesState } from './modules/messages';
import type { OutboxState } from './modules/outbox';
import type { PresenceState } from './modules/presence';
import type { ReadingState } from './modules/reading';
import type { SessionState } from './modules/session';
import type { TraceState } from './modules/trace';

export interface RootState {
  session: SessionState;
  connection: ConnectionState;
  messages: MessagesState;
  outbox: OutboxState;
  drafts: DraftsState;
  reading: ReadingState;
  presence: PresenceState;
  trace: TraceState;
}
