import { allows, type Capability, type Operation } from '../auth/capability.ts';
import { Code, WireError } from '../errors.ts';
import { ALL_MODES, DEFAULT_MODES, Mode, type ModeName } from '../protocol/actions.ts';
import type { MessageFilter } from './filter.ts';

export interface Rewind {
  count?: number;
  spanMs?: number;
  limit?: number;
}

export interface AttachOptions {
  /** The supported params as requested; ATTACHED echoes them. */
  accepted: Record<string, string>;
  /** Bit mask of the requested modes. */
  modes: number;
  rewind?: Rewind | undefined;
  echo: boolean;
  /** Selects the messages to deliver. */
  filter?: MessageFilter | undefined;
}

/** delta and appendMode have no effect: full messages are always valid. */
const SUPPORTED = ['modes', 'rewind', 'rewindLimit', 'echo', 'delta', 'occupancy', 'appendMode'];

/**
 * Parses the options of an ATTACH. Unknown params are dropped; `params.modes` overrides flag bits.
 * @throws WireError 40000 for a malformed value
 */
export function parseAttachOptions(params: Record<string, string>, flags: number): AttachOptions {
  const accepted = Object.fromEntries(Object.entries(params).filter(([name]) => SUPPORTED.includes(name)));
  ensureOccupancy(accepted.occupancy);
  return {
    accepted,
    modes: accepted.modes === undefined ? flags & ALL_MODES || DEFAULT_MODES : parseModes(accepted.modes),
    rewind: accepted.rewind === undefined ? undefined : parseRewind(accepted.rewind, accepted.rewindLimit),
    echo: accepted.echo !== 'false',
  };
}

const UNFILTERED = ['rewind', 'rewindLimit', 'delta'];

/** Returns options without what a filtered channel does not support: it is for live messages only. */
export function filteredOptions(options: AttachOptions, filter: MessageFilter): AttachOptions {
  const accepted = Object.entries(options.accepted).filter(([name]) => !UNFILTERED.includes(name));
  const modes = options.modes & Mode.subscribe;
  return { ...options, accepted: Object.fromEntries(accepted), modes, rewind: undefined, filter };
}

function ensureOccupancy(text: string | undefined): void {
  if (text === undefined || /^metrics(\.\w+)?$/.test(text)) return;
  throw new WireError(Code.badRequest, `occupancy "${text}" must be metrics or metrics.<name>`);
}

function parseModes(text: string): number {
  return text.split(',').reduce((mask, name) => {
    if (!Object.hasOwn(Mode, name)) throw new WireError(Code.badRequest, `Unknown channel mode "${name}"`);
    return mask | Mode[name as ModeName];
  }, 0);
}

function parseRewind(text: string, limitText?: string): Rewind {
  const [, digits, unit] = /^(\d{1,6})([sm]?)$/.exec(text) ?? [];
  if (digits === undefined || (limitText !== undefined && !/^\d{1,6}$/.test(limitText))) {
    throw new WireError(Code.badRequest, `rewind "${text}" must be a count, or a time such as 30s or 2m`);
  }
  if (unit === '') return { count: Number(digits) };
  const spanMs = Number(digits) * (unit === 'm' ? 60_000 : 1000);
  return limitText === undefined ? { spanMs } : { spanMs, limit: Number(limitText) };
}

const OPERATION_OF_MODE = {
  presence: 'presence',
  publish: 'publish',
  subscribe: 'subscribe',
  presence_subscribe: 'subscribe',
  annotation_publish: 'annotation-publish',
  annotation_subscribe: 'annotation-subscribe',
  object_subscribe: 'object-subscribe',
  object_publish: 'object-publish',
} as const satisfies Record<ModeName, Operation>;

/**
 * Returns the requested modes that the capability allows.
 * @throws WireError 40160 if it allows none
 */
export function grantModes(requested: number, capability: Capability, channel: string): number {
  const granted = Object.entries(OPERATION_OF_MODE)
    .filter(([, operation]) => allows(capability, channel, operation))
    .reduce((mask, [mode]) => mask | (requested & Mode[mode as ModeName]), 0);
  if (granted !== 0) return granted;
  throw new WireError(
    Code.capabilityDenied,
    `Capability does not allow attaching to "${channel}" in these modes`,
  );
}
