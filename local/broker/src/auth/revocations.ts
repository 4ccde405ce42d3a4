import { Code, WireError } from '../errors.ts';
import { limits } from '../limits.ts';

/** What a token says about itself, as far as revocations select tokens by it. */
export interface TokenIdentity {
  /** When it was issued, in ms since the epoch. */
  issued: number;
  clientId?: string | undefined;
  /** The claim `x-ably-revocation-key` of a JWT. */
  revocationKey?: string | undefined;
}

export interface Revocation {
  /** Applies to tokens issued before, in ms since the epoch. */
  issuedBefore: number;
  /** When it takes effect, in ms since the epoch. */
  appliesAt: number;
}

/** The revoked tokens of one key, by target: `clientId:…` or `revocationKey:…`. */
export class Revocations {
  readonly #byTarget = new Map<string, Revocation[]>();

  add(target: string, revocation: Revocation): void {
    const { issuedBefore, appliesAt } = revocation;
    const others = (this.#byTarget.get(target) ?? []).filter(
      (other) => other.issuedBefore > issuedBefore || other.appliesAt < appliesAt,
    );
    this.#byTarget.set(target, [...others, revocation]);
  }

  /** @param now ms since the epoch */
  areRevoking(token: TokenIdentity, now: number): boolean {
    return targetsOf(token)
      .flatMap((target) => this.#byTarget.get(target) ?? [])
      .some(({ issuedBefore, appliesAt }) => token.issued < issuedBefore && now >= appliesAt);
  }

  /** Discards revocations of tokens that have expired. */
  prune(now: number): void {
    for (const [target, revocations] of this.#byTarget) {
      const current = revocations.filter(
        ({ issuedBefore }) => issuedBefore + limits.maxRevocableTokenTtl >= now,
      );
      if (current.length > 0) this.#byTarget.set(target, current);
      else this.#byTarget.delete(target);
    }
  }
}

/** Makes a client renew its token. */
export const tokenRevoked = () => new WireError(Code.tokenRevoked, 'The token was revoked');

function targetsOf({ clientId, revocationKey }: TokenIdentity): string[] {
  return [
    ...(clientId === undefined ? [] : [`clientId:${clientId}`]),
    ...(revocationKey === undefined ? [] : [`revocationKey:${revocationKey}`]),
  ];
}
