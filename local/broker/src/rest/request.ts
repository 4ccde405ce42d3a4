import type { Context } from 'hono';
import type { App } from '../apps/app.ts';
import { authenticate, type Credentials, type Principal } from '../auth/authenticate.ts';
import { ensureAllows, type Operation } from '../auth/capability.ts';
import { parsePlainChannel } from '../channels/name.ts';
import type { BrokerContext } from '../context.ts';
import { Code, WireError } from '../errors.ts';
import { decode, type Format } from '../protocol/codec.ts';
import type { Reply } from './reply.ts';

/** Handles one method on one path. Errors become error replies. */
export type Route = (request: RestRequest, format: Format) => Reply | Promise<Reply>;

/** An authenticated client and its app. */
export type Caller = Principal & { app: App };

/** A request as routes see it. */
export class RestRequest {
  readonly context: BrokerContext;
  readonly #c: Context;

  constructor(c: Context, context: BrokerContext) {
    this.#c = c;
    this.context = context;
  }

  /** Browsers send it with every request of a page that may change something. */
  origin(): string | undefined {
    return this.#c.req.header('origin');
  }

  query(): Record<string, string> {
    return this.#c.req.query();
  }

  url(): URL {
    return new URL(this.#c.req.url);
  }

  /** The client's protocol version; Infinity, meaning the latest, if it sends none. */
  version(): number {
    return Number(this.#c.req.header('x-ably-version') ?? Infinity);
  }

  pathParam(name: string): string {
    return this.#c.req.param(name) ?? '';
  }

  /** @throws WireError 40101 and others for missing or wrong credentials */
  async caller(): Promise<Caller> {
    const { apps, timing } = this.context;
    const principal = await authenticate(apps, this.credentials(), timing.now());
    return { ...principal, app: apps.ownerOf(principal.key) };
  }

  /**
   * Returns the client and the base name of the requested channel.
   * @throws WireError also when the capability does not allow the operation on the channel
   */
  async authorized(operation: Operation): Promise<{ caller: Caller; channel: string }> {
    const caller = await this.caller();
    const { base } = parsePlainChannel(this.pathParam('channel'));
    ensureAllows(caller.capability, base, operation);
    return { caller, channel: base };
  }

  credentials(): Credentials {
    const { access_token: token, key } = this.query();
    const clientId = this.#clientIdHeader();
    const [scheme = '', value = ''] = (this.#c.req.header('authorization') ?? '').split(' ');
    if (/^basic$/i.test(scheme)) return { key: fromBase64(value), clientId };
    // Tokens and JWTs contain a dot, base64 does not.
    if (/^bearer$/i.test(scheme)) return { token: value.includes('.') ? value : fromBase64(value), clientId };
    return { key, token, clientId };
  }

  /** @throws WireError 40001 when the body does not match its content type */
  async body(): Promise<unknown> {
    const contentType = this.#c.req.header('content-type') ?? 'application/json';
    const bytes = Buffer.from(await this.#c.req.arrayBuffer());
    try {
      return decode(bytes, contentType.includes('msgpack') ? 'msgpack' : 'json');
    } catch (error) {
      throw new WireError(Code.badBody, `The request body is not valid ${contentType}`, {
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
