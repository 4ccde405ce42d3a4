import type { Behaviour } from './stub-ably.ts';

/** Limits of an Ably plan, a second. */
export interface Plan {
  readonly publishesPerChannel?: number;
  /** Messages in and out, each message delivered to so many readers. */
  readonly messagesOfAccount?: number;
  readonly readers?: number;
}

/** Refills continuously, up to what a second permits; may go into debt by one publish. */
function createBucket(perSecond: number): { isEmpty(): boolean; take(amount: number): void } {
  let level = perSecond;
  let filledAt = performance.now();
  const fill = () => {
    const now = performance.now();
    level = Math.min(perSecond, level + ((now - filledAt) * perSecond) / 1_000);
    filledAt = now;
  };
  return {
    isEmpty: () => (fill(), level <= 0),
    take: (amount) => void (level -= amount),
  };
}

/** Rejects publishes beyond the plan, with Ably's codes. */
export function enforce({
  publishesPerChannel = Infinity,
  messagesOfAccount = Infinity,
  readers = 1,
}: Plan): Behaviour {
  const account = createBucket(messagesOfAccount);
  const channels = new Map<string, ReturnType<typeof createBucket>>();
  return (name, messages) => {
    const channel = channels.get(name) ?? createBucket(publishesPerChannel);
    channels.set(name, channel);
    if (channel.isEmpty()) return { limited: 42_913 };
    if (account.isEmpty()) return { limited: 42_917 };
    channel.take(1);
    account.take(messages.length * (1 + readers));
    return 'accept';
  };
}
