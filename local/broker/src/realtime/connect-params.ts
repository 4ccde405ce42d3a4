import type { Credentials } from '../auth/authenticate.ts';
import { Code, WireError } from '../errors.ts';
import type { Format } from '../protocol/codec.ts';

/** The query of a WebSocket's URL. Unknown params are ignored. */
export interface ConnectParams {
  credentials: Credentials;
  format: Format;
  /** The connectionKey of a connection to resume or recover. */
  continues: string | undefined;
  echo: boolean;
  heartbeats: boolean;
  /** In ms. */
  heartbeatInterval: number | undefined;
  /** In ms: the `remainPresentFor` param. */
  presenceGrace: number | undefined;
  version: string | undefined;
}

export function parseConnectParams(url: string | undefined): ConnectParams {
  const query = new URLSearchParams(url?.split('?', 2)[1]);
  const get = (name: string) => query.get(name) ?? undefined;
  return {
    credentials: {
      key: get('key'),
      token: get('access_token') ?? get('accessToken'),
      clientId: get('clientId'),
    },
    format: get('format') === 'msgpack' ? 'msgpack' : 'json',
    continues: get('resume') ?? get('recover'),
    echo: get('echo') !== 'false',
    heartbeats: get('heartbeats') !== 'false',
    heartbeatInterval: clamped(get('heartbeatInterval'), 5_000, 1_800_000),
    presenceGrace: clamped(get('remainPresentFor'), 1_000, 120_000),
    version: get('v'),
  };
}

/** @throws WireError 40017 for a version that is not a number; every number is accepted */
export function ensureVersion(version: string | undefined): void {
  if (version === undefined || /^\d+(\.\d+)?$/.test(version)) return;
  throw new WireError(Code.unsupportedVersion, `Protocol version "${version}" is not a number`);
}

function clamped(text: string | undefined, min: number, max: number): number | undefined {
  const value = Number(text ?? NaN);
  return Number.isFinite(value) ? Math.min(Math.max(value, min), max) : undefined;
}
