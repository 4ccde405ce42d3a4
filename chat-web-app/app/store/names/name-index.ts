import { displayName } from '../../utils/display-name';

/** Characters of a tag, unless authors of one name need more to differ. */
const TAG_LENGTH = 4;

/** Names whose key is kept, before all are found anew. */
const MAX_KEYS = 5_000;

/** A name that itself looks like one with a tag, in its displayed form. */
const LOOKS_TAGGED = /[#♯⋕]\s*[\p{L}\p{N}]+[^\p{L}\p{N}]*$/u;

const looksTagged = (name: string) => LOOKS_TAGGED.test(displayName(name).normalize('NFKC'));

/** Which authors use which name, each as often as it is added. */
export interface NameIndex {
  /** @returns whether tags may have changed */
  add(name: string, clientId: string): boolean;
  /** @returns whether tags may have changed */
  remove(name: string, clientId: string): boolean;
  /** Returns what distinguishes an author from others of the same name; '' when nothing must. */
  tagOf(name: string, clientId: string): string;
}

interface Authors {
  /** How often, by clientId. */
  uses: Map<string, number>;
  /** Until the authors change: anyone can take a name that many have. */
  tags: Map<string, string>;
}

export function createNameIndex(): NameIndex {
  const byKey = new Map<string, Authors>();
  /** The key of each name, because finding it costs more than all else here. */
  const keys = new Map<string, string>();

  function keyOf(name: string): string {
    let key = keys.get(name);
    if (key === undefined) {
      if (keys.size >= MAX_KEYS) keys.clear();
      keys.set(name, (key = nameKey(name)));
    }
    return key;
  }

  function change(name: string, clientId: string, difference: 1 | -1): boolean {
    const key = keyOf(name);
    if (key === '') return false;
    const authors = byKey.get(key) ?? { uses: new Map<string, number>(), tags: new Map<string, string>() };
    const before = authors.uses.get(clientId) ?? 0;
    const after = Math.max(0, before + difference);
    if (after === 0) authors.uses.delete(clientId);
    else authors.uses.set(clientId, after);
    if (authors.uses.size === 0) byKey.delete(key);
    else byKey.set(key, authors);
    if ((before === 0) === (after === 0)) return false;
    authors.tags.clear();
    // Alone before and after, an author has no tag.
    return authors.uses.size + (after === 0 ? 1 : 0) > 1;
  }

  return {
    add: (name, clientId) => change(name, clientId, 1),
    remove: (name, clientId) => change(name, clientId, -1),
    tagOf(name, clientId) {
      const { uses, tags } = byKey.get(keyOf(name)) ?? {};
      const others = (uses?.size ?? 0) - (uses?.has(clientId) === true ? 1 : 0);
      if (others === 0 && !looksTagged(name)) return '';
      let tag = tags?.get(clientId);
      if (tag === undefined) {
        tag = shortestTag(clientId, [...(uses?.keys() ?? [])]);
        tags?.set(clientId, tag);
      }
      return tag;
    },
  };
}

/**
 * Names that look alike have one key: it ignores case, spaces, accents and the form of a letter
 * (full width, ligature). It does not know letters of different scripts that look alike.
 */
export function nameKey(name: string): string {
  return displayName(name)
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{M}\s]+/gu, '');
}

/** The beginning of the id: the server chooses ids at random, but everyone may ask for many. */
function shortestTag(clientId: string, all: readonly string[]): string {
  const id = lettersOf(clientId);
  const ids = all.filter((other) => other !== clientId).map(lettersOf);
  let length = TAG_LENGTH;
  while (length < id.length && ids.some((other) => other.startsWith(id.slice(0, length)))) length += 1;
  return id.slice(0, length) || '?';
}

const lettersOf = (clientId: string) => clientId.replaceAll(/[^a-z\d]/gi, '');
