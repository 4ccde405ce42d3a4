import type { Context } from 'hono';
import { authenticate, type Credentials, type Principal } from '../auth/authenticate.ts';
import { ensureAllows, type Operation } from '../auth/capability.ts';
import { parseChannelName } from '../channels/name.ts';
import type { BrokerContext } from '../context.ts';
import { Code, WireError } from '../errors.ts';
import { decode } from '../protocol/codec.ts';

/** What a route may ask of a request. */
export class RestRequest {
  readonly context: BrokerContext;
  readonly #c: Context;

  constructor(c: Context, context: BrokerContext) {
    this.#c = c;
    this.context = context;
  }

  query(): Record<string, string> {
    return this.#c.req.query();
  }

  url(): URL {
    return new URL(this.#c.req.url);
  }

  /** The protocol version that the client speaks; the newest when it does not say. */
  version(): number {
    return Number(this.#c.req.header('x-ably-version') ?? Infinity);
  }

  pathParam(name: string): string {
    return this.#c.req.param(name) ?? '';
  }

  /** @throws WireError 40101 and others when the credentials are missing or wrong */
  principal(): Promise<Principal> {
    return authenticate(this.context.apps, this.credentials(), this.context.timing.now());
  }

  /**
   * Who asks, and for which channel (its base name).
   * @throws WireError also when the capability does not allow the operation there
   */
  async authorized(operation: Operation): Promise<{ principal: Principal; channel: string }> {
    const principal = await this.principal();
    const { base } = parseChannelName(this.pathParam('channel'));
    ensureAllows(principal.capability, base, operation);
    return { principal, channel: base };
  }

  credentials(): Credentials {
    const { access_token: token, key } = this.query();
    const clientId = this.#clientIdHeader();
    const [scheme = '', value = ''] = (this.#c.req.header('authorization') ?? '').split(' ');
    if (/^basic$/i.test(scheme)) return { key: fromBase64(value), clientId };
    // Our tokens and JWTs hold a dot, which base64 never does.
    if (/^bearer$/i.test(scheme)) return { token: value.includes('.') ? value : fromBase64(value), clientId };
    return { key, token, clientId };
  }

  /** @throws WireError 40001 when the body is not of the format that its content type says */
  async body(): Promise<unknown> {
    const contentType = this.#c.req.header('content-type') ?? 'application/json';
    const bytes = Buffer.from(await this.#c.req.arrayBuffer());
    try {
      return decode(bytes, contentType.includes('msgpack') ? 'msgpack' : 'json');
    } catch (error) {
      throw new WireError(Code.badBody, `The request body cannot be read as ${contentType}`, {
        cause: error,
      });
    }
  }

  #clientIdHeader(): string | undefined {
    const header = this.#c.req.header('x-ably-clientid');
    if (header === undefined) return undefined;
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(header)) {
      throw new WireError(Code.badHeader, 'X-Ably-ClientId must be base64');
    }
    return fromBase64(header);
  }
}

const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('utf8');
