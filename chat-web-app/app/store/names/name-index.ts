import { displayName } from '../../utils/display-name';

/** Characters of a tag, unless authors of one name need more to differ. */
const TAG_LENGTH = 4;

/** A name that itself looks like one with a tag. */
const LOOKS_TAGGED = /#\s*\w+$/u;

/** Which authors use which name, in this tab so far. */
export interface NameIndex {
  /** @returns whether tags may have changed */
  add(name: string, clientId: string): boolean;
  /** Returns what distinguishes an author from others of the same name; '' when nothing must. */
  tagOf(name: string, clientId: string): string;
}

export function createNameIndex(): NameIndex {
  /** The key of each name, because finding it costs more than all else here. */
  const keys = new Map<string, string>();
  const authors = new Map<string, Set<string>>();

  function keyOf(name: string): string {
    let key = keys.get(name);
    if (key === undefined) keys.set(name, (key = toKey(name)));
    return key;
  }

  return {
    add(name, clientId) {
      const key = keyOf(name);
      const known = authors.get(key);
      if (key === '' || known?.has(clientId) === true) return false;
      if (!known) authors.set(key, new Set([clientId]));
      return (known?.add(clientId).size ?? 1) > 1;
    },
    tagOf(name, clientId) {
      const others = [...(authors.get(keyOf(name)) ?? [])].filter((other) => other !== clientId);
      if (others.length === 0 && !LOOKS_TAGGED.test(name)) return '';
      return shortestTag(clientId, others);
    },
  };
}

/**
 * Names that look alike have one key: it ignores case, spaces, accents and the form of a letter
 * (full width, ligature). It does not know letters of different scripts that look alike.
 */
function toKey(name: string): string {
  return displayName(name)
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}\s]+/gu, '');
}

/** The beginning of the id: the server chooses ids at random, but everyone may ask for many. */
function shortestTag(clientId: string, others: readonly string[]): string {
  const id = lettersOf(clientId);
  const ids = others.map(lettersOf);
  let length = TAG_LENGTH;
  while (length < id.length && ids.some((other) => other.startsWith(id.slice(0, length)))) length += 1;
  return id.slice(0, length) || '?';
}

const lettersOf = (clientId: string) => clientId.replaceAll(/[^a-z\d]/gi, '');
