import { toTagName } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import type { TagSetSummary } from '../../store/tag-database.js';
import { lockOptions, notIndexed, openCollection } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** What a person says of images: a tag belongs, or does not, or what the model says counts again. */
export interface CorrectionRequest {
  readonly tag: string;
  readonly change: 'add' | 'remove' | 'forget';
  /** Indexed images by their paths, absolute; `name` is how messages call one. To forget, content hashes of images that left serve too. */
  readonly images: readonly { readonly path: string; readonly name?: string | undefined }[];
}

/**
 * Corrects tags by hand. The last word on a tag of an image counts, whatever a model says. Gives how many images changed.
 *
 * @throws LabelwiseError `INVALID_ARGUMENT`, `INPUT_NOT_FOUND` for the first that is not an image of the index, `INDEX_NOT_FOUND`
 */
export async function correctTags(
  workspace: Workspace,
  { tag, change, images }: CorrectionRequest,
  options: TaskOptions = {},
): Promise<{ tag: string; changed: number }> {
  const label = toTagName(tag);
  if (label === '') throw new LabelwiseError('INVALID_ARGUMENT', 'Expected a tag, got a blank.');
  const store = await openTags(workspace);
  const isByHash = change === 'forget' && images.some(({ name = '' }) => HASH.test(name));
  const corrected = isByHash ? (await store.correctionRows()).map(({ contentHash }) => contentHash) : [];
  const hashes = await findHashes(workspace, images, { others: corrected, options });
  const changed = await store.correct(hashes, { add: [], remove: [], ...lockOptions(workspace, options), [change]: [label] });
  return { tag: label, changed };
}

export const listTagSets = async (workspace: Workspace): Promise<TagSetSummary[]> => (await openTags(workspace)).sets();

/** Deletes a tag set; corrections by hand stay. @throws LabelwiseError `TAG_SET_NOT_FOUND` */
export const deleteTagSet = async (workspace: Workspace, name: string): Promise<void> => (await openTags(workspace)).remove(name);

async function openTags(workspace: Workspace) {
  const { openTagDatabase } = await import('../../store/tag-database.js');
  return openTagDatabase(await workspace.database());
}

/** The content hashes of indexed images by their paths, and of `others` by the beginning of their hash. */
async function findHashes(
  workspace: Workspace,
  images: CorrectionRequest['images'],
  { others, options }: { others: readonly string[]; options: TaskOptions },
): Promise<string[]> {
  const wanted = new Map(images.map(({ path, name = path }) => [path, name]));
  const hashes = new Set<string>();
  const collection = await openCollection(workspace, options);
  try {
    for await (const block of collection.names({ signal: options.signal })) {
      for (const { path, contentHash } of block) if (wanted.delete(path)) hashes.add(contentHash);
      if (wanted.size === 0) break;
    }
  } finally {
    collection.close();
  }
  for (const [path, name] of wanted) {
    const named = HASH.test(name) ? others.filter((hash) => hash.startsWith(name)) : [];
    if (named.length === 0) throw await notIndexed(workspace, [path], name);
    for (const hash of named) hashes.add(hash);
  }
  return [...hashes];
}

/** As a list of corrections prints the content hash of a picture that is not in the index now. */
const HASH = /^[0-9a-f]{12,64}$/;

/** A correction by hand. */
export interface CorrectionRow {
  readonly tag: string;
  readonly change: 'added' | 'removed';
  /** All names of the picture; none where it is not in the index now. */
  readonly paths: readonly string[];
  readonly contentHash: string;
  readonly correctedAt: string;
}

/** The corrections of tags by hand, by tag and path. */
export async function listCorrections(workspace: Workspace, options: TaskOptions = {}): Promise<CorrectionRow[]> {
  const corrections = await (await openTags(workspace)).correctionRows();
  const paths = await pathsOf(workspace, new Set(corrections.map(({ contentHash }) => contentHash)), options);
  return corrections
    .map(({ contentHash, label, isAdded, correctedAt }): CorrectionRow => {
      const change = isAdded ? 'added' : 'removed';
      return { tag: label, change, paths: paths.get(contentHash) ?? [], contentHash, correctedAt };
    })
    .sort((a, b) => compare(a.tag, b.tag) || compare(a.paths[0] ?? '~', b.paths[0] ?? '~') || compare(a.contentHash, b.contentHash));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function pathsOf(workspace: Workspace, hashes: ReadonlySet<string>, options: TaskOptions): Promise<Map<string, string[]>> {
  const paths = new Map<string, string[]>();
  if (hashes.size === 0) return paths;
  const collection = await openCollection(workspace, options);
  try {
    for await (const names of collection.names({ signal: options.signal }))
      for (const { contentHash, path } of names)
        if (hashes.has(contentHash)) paths.set(contentHash, [...(paths.get(contentHash) ?? []), path].sort());
  } finally {
    collection.close();
  }
  return paths;
}
