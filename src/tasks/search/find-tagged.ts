import type { SearchTerms } from '../../core/parse-search.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** The images that have all tags of a search and none of those that it excludes; undefined where it names none. */
export interface TaggedImages {
  has(contentHash: string): boolean;
  /** That of the least sure of the tags asked for; undefined where people put them all there, or none is asked for. */
  probabilityOf(contentHash: string): number | undefined;
  /** The hashes, where the search asks for a tag: a search that only excludes tags has no end of them. */
  readonly contentHashes: ReadonlySet<string> | undefined;
}

/** Looks the tags of a search up, after corrections by hand. */
export async function findTagged(
  workspace: Workspace,
  { tags, withoutTags }: Pick<SearchTerms, 'tags' | 'withoutTags'>,
  { onNote }: TaskOptions,
): Promise<TaggedImages | undefined> {
  if (tags.length + withoutTags.length === 0) return undefined;
  const { openTagDatabase } = await import('../../store/tag-database.js');
  const store = await openTagDatabase(await workspace.database());
  const wanted = await Promise.all(tags.map((tag) => store.imagesWith(tag)));
  for (const [i, hashes] of wanted.entries())
    if (hashes.size === 0) onNote?.(`no image has the tag "${tags[i]}"; labelwise tags list shows the tag sets`);
  const excluded = await Promise.all(withoutTags.map((tag) => store.imagesWith(tag)));
  const has = (hash: string): boolean => wanted.every((hashes) => hashes.has(hash)) && !excluded.some((hashes) => hashes.has(hash));
  const probabilityOf = (hash: string): number | undefined => {
    const given = wanted.flatMap((hashes) => hashes.get(hash) ?? []);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  const [first] = wanted;
  return { has, probabilityOf, contentHashes: first && new Set([...first.keys()].filter(has)) };
}
