/** Somebody in a chat, with the official client of its kind: sees every message, and can write. */
export interface ChatClient {
  /** Resolves once the chat has acknowledged it. */
  publish(id: string, text: string): Promise<void>;
  close(): void;
}

export const USERNAME = 'Ann';
