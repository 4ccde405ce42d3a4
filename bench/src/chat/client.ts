/** A participant of a chat, using the official client library of its system. */
export interface ChatClient {
  /** Resolves once the chat has acknowledged the message. */
  publish(id: string, text: string): Promise<void>;
  close(): void;
}

export const USERNAME = 'Ann';
