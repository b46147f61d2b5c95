import { HIERARCHICAL, type KeywordList, noteOf, SUBJECT } from './namespaces.js';
import { type FoundList, findList, type Item, type Sidecar } from './read-sidecar.js';

/** What is to happen to one list of keywords. */
export interface ListPlan {
  readonly list: KeywordList;
  readonly found: FoundList | undefined;
  /** The keywords of other programs, as they are. */
  readonly foreign: readonly string[];
  /** Our keywords of an earlier export that are no longer wanted. */
  readonly removed: readonly Item[];
  /** Keywords to add, as text. */
  readonly added: readonly string[];
}

/** Decides which keywords each list of a sidecar loses and gets. Other programs' keywords are never touched. */
export function planLists(sidecar: Sidecar, keywords: readonly string[], isHierarchical: boolean): ListPlan[] {
  const lists = [SUBJECT, ...HIERARCHICAL].map((list) => claim(sidecar, list));
  return lists.flatMap((claimed) => {
    const wanted = wantedOf(claimed, lists, { keywords, isHierarchical });
    const note = findList(sidecar, noteOf(claimed.list));
    return [toPlan(claimed, wanted), toPlan({ list: noteOf(claimed.list), found: note, ours: note?.items ?? [], foreign: [] }, wanted)];
  });
}

/** The keywords of other programs in all lists of a sidecar; between the levels of a hierarchy is "/". */
export function foreignKeywords(sidecar: Sidecar): string[] {
  return [SUBJECT, ...HIERARCHICAL].flatMap((list) =>
    claim(sidecar, list).foreign.map((text) => (list.separator === undefined ? text : text.replaceAll(list.separator, '/'))),
  );
}

interface Claimed {
  readonly list: KeywordList;
  readonly found: FoundList | undefined;
  readonly ours: readonly Item[];
  readonly foreign: readonly string[];
}

/** Tells our keywords in a list from those of others: for each that is noted, the last that reads so is ours. */
function claim(sidecar: Sidecar, list: KeywordList): Claimed {
  const found = findList(sidecar, list);
  const others = [...(found?.items ?? [])];
  const ours: Item[] = [];
  for (const note of findList(sidecar, noteOf(list))?.items ?? []) {
    const at = others.findLastIndex((item) => isPlain(item) && toKey(item.text) === toKey(note.text));
    if (at >= 0) ours.push(...others.splice(at, 1));
  }
  return { list, found, ours, foreign: others.map(({ text }) => text) };
}

const isPlain = ({ element }: Item): boolean => element !== undefined && element.attributes.length + element.children.length === 0;

/** Which keywords of ours a list should hold. */
function wantedOf({ list, foreign }: Claimed, lists: readonly Claimed[], wish: { keywords: readonly string[]; isHierarchical: boolean }) {
  const { separator } = list;
  const isThere = foreign.some((text) => toKey(text) !== '');
  if (separator === undefined || isThere) return wish.keywords.filter((keyword) => !isListed(keyword, foreign, separator));
  if (!(wish.isHierarchical && list.isCreated === true) || wish.keywords.length === 0) return [];
  // Readers that prefer this list read no other: a new one has to hold the keywords of all.
  const hierarchical = lists.flatMap((other) =>
    other.list.separator === undefined
      ? []
      : other.foreign.map((text) => toKey(text).replaceAll(other.list.separator as string, separator)),
  );
  const wanted = [...new Set(hierarchical.filter((path) => path !== ''))];
  const flat = [...(lists[0]?.foreign ?? []).map(toKey), ...wish.keywords];
  for (const keyword of flat) if (keyword !== '' && !isListed(keyword, wanted, separator)) wanted.push(keyword);
  return wanted;
}

/** Whether a list has a keyword, by itself or as the last level of a hierarchical one. */
function isListed(keyword: string, listed: readonly string[], separator: string | undefined): boolean {
  const key = toKey(keyword);
  return listed.some((text) => {
    const path = toKey(text);
    return path === key || (separator !== undefined && toKey(path.slice(path.lastIndexOf(separator) + 1)) === key);
  });
}

function toPlan({ list, found, ours, foreign }: Claimed, wanted: readonly string[]): ListPlan {
  const [have, want] = [ours.map(({ text }) => toKey(text)), new Set(wanted.map(toKey))];
  return {
    list,
    found,
    foreign,
    removed: ours.filter((_, i) => !want.has(have[i] as string)),
    added: wanted.filter((keyword) => !have.includes(toKey(keyword))),
  };
}

/** Keywords that differ only in blanks or in Unicode normalisation are the same. Characters that XML 1.0 cannot hold are left out. */
export const toKey = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF\s]+/gu, ' ')
    .trim();
