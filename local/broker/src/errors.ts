/** The Ably error codes that this broker uses. 4xxxx and 5xxxx start with the HTTP status. */
export const Code = {
  badRequest: 40000,
  badBody: 40001,
  badParameter: 40003,
  badHeader: 40004,
  unknownConnectionKey: 40006,
  tooLarge: 40009,
  badChannelName: 40010,
  badClientId: 40012,
  badData: 40013,
  unsupportedVersion: 40017,
  batchFailed: 40020,
  badMessageIds: 40031,
  badExtras: 40032,
  tooManyMessages: 40034,
  forcedNack: 40099,
  unauthorized: 40101,
  incompatibleIdentity: 40102,
  staleTokenRequest: 40104,
  nonceReplayed: 40105,
  tokenRevoked: 40141,
  tokenExpired: 40142,
  tokenUnknown: 40143,
  jwtInvalid: 40144,
  tokenUnparsable: 40145,
  appDisabled: 40120,
  otherKey: 40133,
  capabilityDenied: 40160,
  needsKeyAuth: 40162,
  notRevocable: 40163,
  modeNotRequested: 40165,
  forbidden: 40300,
  notFound: 40400,
  methodNotAllowed: 40500,
  integrationBusy: 42925,
  internal: 50000,
  integrationFailed: 70000,
  disconnected: 80003,
  connectionExpired: 80008,
  badConnectionKey: 80018,
  continuityLost: 90003,
  backlogTruncated: 90004,
  tooManyChannels: 90010,
  presenceWithoutClientId: 91000,
  presenceNotAttached: 91001,
  tooManyMembers: 91003,
  notMutable: 93002,
} as const;

/** An error on the wire. Clients drop a frame without message, code or statusCode. */
export interface ErrorInfo {
  message: string;
  code: number;
  statusCode: number;
  href: string;
}

const MAX_MESSAGE = 500;

/** An error with an Ably code and a wire form. */
export class WireError extends Error {
  override name = 'WireError' as const;
  readonly code: number;
  readonly statusCode: number;

  /** @param options.statusCode default: the one with which the code starts */
  constructor(code: number, message: string, options?: ErrorOptions & { statusCode?: number }) {
    // The message may quote client input and must fit into an HTTP header.
    super(message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message, options);
    this.code = code;
    this.statusCode = options?.statusCode ?? (code < 60000 ? Math.floor(code / 100) : 400);
  }

  toWire(): ErrorInfo {
    const { message, code, statusCode } = this;
    return { message, code, statusCode, href: `https://help.ably.io/error/${code}` };
  }
}

/** Converts any thrown value. The client learns no details of an unexpected error. */
export function toWireError(error: unknown): WireError {
  if (error instanceof WireError) return error;
  return new WireError(Code.internal, 'Internal error in the broker; see its log', { cause: error });
}
