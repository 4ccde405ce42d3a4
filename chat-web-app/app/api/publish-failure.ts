/** Why Ably rejected a message. Each kind needs a different action of the person. */
export type FailureKind = 'connection' | 'tooLarge' | 'rateLimited' | 'forbidden' | 'other';

export class PublishFailed extends Error {
  override name = 'PublishFailed' as const;

  readonly kind: FailureKind;

  constructor(kind: FailureKind, options: ErrorOptions & { message: string }) {
    super(options.message, options);
    this.kind = kind;
  }
}

export function toPublishFailed(cause: unknown): PublishFailed {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new PublishFailed(kindOf(codeOf(cause)), { message, cause });
}

function codeOf(error: unknown): number {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'number' ? code : 0;
}

/** By Ably's error codes: https://ably.com/docs/platform/errors/codes */
function kindOf(code: number): FailureKind {
  if (code === 40009) return 'tooLarge';
  if (code >= 42900 && code <= 42999) return 'rateLimited';
  // The token expired, the connection was lost, or the channel is still attaching.
  if ((code >= 40140 && code <= 40149) || (code >= 80000 && code <= 80999)) return 'connection';
  if (code >= 40100 && code <= 40199) return 'forbidden';
  return 'other';
}
