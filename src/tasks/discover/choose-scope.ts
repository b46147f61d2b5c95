import type { StoredImage } from '../../core/collection.js';
import { parseSearch } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import { explainNothing } from '../search/explain-filters.js';
import { findTagged } from '../search/find-tagged.js';
import { type SearchFilters, toFilters, toWhere } from '../search/search-filter.js';
import { refuseOldTable } from '../search/search-images.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** Which images of an index a task is about, in the terms of a search. */
export interface Scope extends SearchFilters {
  /** Tags and keywords: "tag:dog -keyword:holiday". */
  readonly query?: string | undefined;
}

/** Tells which images are in a scope; undefined where all are. @throws LabelwiseError `INVALID_ARGUMENT`, `INDEX_NOT_FOUND` */
export async function chooseScope(
  workspace: Workspace,
  { query = '', ...asked }: Scope,
  options: TaskOptions,
): Promise<((image: StoredImage) => boolean) | undefined> {
  const terms = parseSearch(query);
  if (terms.text !== '')
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected tags and keywords alone, such as tag:dog, got "${terms.text}".`, {
      hint: 'Tag the images first (labelwise tag), or choose them by folder, date or place.',
    });
  const wanted = { ...asked, ...terms };
  if (toFilters(wanted).length + terms.tags.length + terms.withoutTags.length === 0) return undefined;
  const tagged = await findTagged(workspace, terms, options);
  const { openImageSearcher } = await import('../../store/search-images.js');
  const searcher = await openImageSearcher(await workspace.database());
  try {
    const filters = toFilters(wanted, searcher.facts.schemaVersion);
    refuseOldTable(filters, searcher);
    const { columns } = await searcher.list(['path'], toWhere(filters));
    const paths = new Set(columns[0]);
    if (paths.size === 0) for (const reason of await explainNothing(workspace, filters, searcher)) options.onNote?.(reason);
    return ({ path, contentHash }) => paths.has(path) && (tagged?.has(contentHash) ?? true);
  } finally {
    searcher.close();
  }
}
