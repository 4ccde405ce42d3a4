import { messageToWire, presenceToWire, type Entry } from '../channels/entry.ts';
import { messageSerial } from '../channels/serial.ts';
import { Code, WireError } from '../errors.ts';
import type { Format } from '../protocol/codec.ts';
import { pageOf, pageReply, parseLimit } from './pagination.ts';
import type { Reply } from './reply.ts';
import type { RestRequest, Route } from './request.ts';

export const messageHistory: Route = (request, format) => historyOf('message', 'messages', request, format);

export const presenceHistory: Route = (request, format) => historyOf('presence', 'history', request, format);

interface Row {
  /** The message serial: unique and ordered like the history. */
  cursor: string;
  timestamp: number;
  wire: object;
}

async function historyOf(
  kind: Entry['kind'],
  target: string,
  request: RestRequest,
  format: Format,
): Promise<Reply> {
  const { caller, channel: name } = await request.authorized('history');
  const query = request.query();
  const limit = parseLimit(query.limit);
  const isForwards = parseDirection(query.direction) === 'forwards';
  const { channels } = caller.app;
  const until = query.from_serial ?? query.fromSerial;
  const last = until === undefined ? undefined : channels.parseSerial(until);
  if (until !== undefined && (last === undefined || isForwards)) {
    throw new WireError(
      Code.badParameter,
      'from_serial must be a channelSerial of this channel, with direction backwards',
    );
  }
  const start = parseTime(query.start, 0);
  const end = parseTime(query.end, Number.MAX_SAFE_INTEGER);

  const rows = (channels.find(name)?.log.entries ?? [])
    .filter((entry) => entry.kind === kind && (last === undefined || entry.serial <= last))
    .flatMap((entry) => rowsOf(entry, format))
    .filter(({ timestamp }) => timestamp >= start && timestamp <= end);
  const ordered = isForwards ? rows : rows.reverse();
  const isAfter = (row: Row, cursor: string) => (isForwards ? row.cursor > cursor : row.cursor < cursor);
  const page = pageOf(ordered, limit, query.cursor, (row) => row.cursor, isAfter);
  const body = page.items.map(({ wire }) => wire);
  return pageReply(target, query, body, page.cursor);
}

function rowsOf(entry: Entry, format: Format): Row[] {
  const wires: object[] =
    entry.kind === 'message'
      ? entry.items.map((item) => messageToWire(item, format))
      : entry.items.map((item) => presenceToWire(item, format));
  return wires.map((wire, index) => ({
    cursor: messageSerial(entry.serial, index),
    timestamp: entry.timestamp,
    wire,
  }));
}

function parseDirection(text = 'backwards'): 'backwards' | 'forwards' {
  if (text === 'backwards' || text === 'forwards') return text;
  throw new WireError(Code.badParameter, `direction "${text}" must be backwards or forwards`);
}

/** Parses ms since the epoch, or an ISO date. */
function parseTime(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const time = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw new WireError(Code.badParameter, `Time "${text}" must be ms since the epoch or an ISO date`);
}
