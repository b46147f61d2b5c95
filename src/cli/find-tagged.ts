import type { SearchTerms } from '../core/parse-search.js';
import type { Run } from './context.js';

/** The images that have all tags of a search and none of those that it excludes; undefined where it names none. */
export interface TaggedImages {
  has(imageId: string): boolean;
  /** That of the least sure of the tags asked for; undefined where people put them all there, or none is asked for. */
  probabilityOf(imageId: string): number | undefined;
  /** The ids, where the search asks for a tag: a search that only excludes tags has no end of them. */
  readonly imageIds: ReadonlySet<string> | undefined;
}

/** Looks the tags of a search up, after corrections by hand. */
export async function findTagged({ tags, withoutTags }: SearchTerms, run: Run): Promise<TaggedImages | undefined> {
  if (tags.length + withoutTags.length === 0) return undefined;
  const { openTagDatabase } = await import('../store/tag-database.js');
  const store = await openTagDatabase(run.config.db);
  try {
    const wanted = await Promise.all(tags.map((tag) => store.imagesWith(tag)));
    for (const [i, ids] of wanted.entries())
      if (ids.size === 0) run.say(`no image has the tag "${tags[i]}"; labelwise tags list shows the tag sets`);
    const excluded = await Promise.all(withoutTags.map((tag) => store.imagesWith(tag)));
    const has = (id: string): boolean => wanted.every((ids) => ids.has(id)) && !excluded.some((ids) => ids.has(id));
    const probabilityOf = (id: string): number | undefined => {
      const given = wanted.flatMap((ids) => ids.get(id) ?? []);
      return given.length === 0 ? undefined : Math.min(...given);
    };
    const [first] = wanted;
    return { has, probabilityOf, imageIds: first && new Set([...first.keys()].filter(has)) };
  } finally {
    store.close();
  }
}
