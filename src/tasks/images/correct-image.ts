import { effectiveTags, type ImageTag } from '../../core/image-tags.js';
import { toTagName } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import type { StoredCorrection } from '../../store/tag-table-schema.js';
import { lockOptions } from '../open-index.js';
import type { TaskOptions, Workspace } from '../workspace.js';

/** A correction that was made, with the one that it took the place of. */
export interface MadeCorrection {
  readonly tag: string;
  readonly isAdded: boolean;
  readonly correctedAt: string;
  readonly replaced: Pick<StoredCorrection, 'isAdded' | 'correctedAt'> | undefined;
}

/** What a person says of one image. */
export interface ImageCorrection {
  readonly contentHash: string;
  readonly add?: readonly string[] | undefined;
  readonly remove?: readonly string[] | undefined;
  /** All tags that the image is to have, in place of `add` and `remove`. */
  readonly tags?: readonly string[] | undefined;
}

/** Corrects the tags of one image by hand. @throws LabelwiseError `INVALID_ARGUMENT` for a blank, or a tag to be both added and removed */
export async function correctImage(workspace: Workspace, request: ImageCorrection, options: TaskOptions = {}): Promise<MadeCorrection[]> {
  const { contentHash } = request;
  const store = await openTags(workspace);
  const fromModels = (await store.tags([contentHash])).get(contentHash) ?? [];
  return store.amend(
    (rows) => {
      const before = rows.filter((row) => row.contentHash === contentHash);
      const { add, remove } = toChange(request, effectiveTags(fromModels, before));
      const correctedAt = new Date().toISOString();
      const made = [...add.map((tag) => ({ tag, isAdded: true })), ...remove.map((tag) => ({ tag, isAdded: false }))].map(
        (change): MadeCorrection => ({ ...change, correctedAt, replaced: before.find(({ label }) => label === change.tag) }),
      );
      const stored = made.map(({ tag: label, isAdded }): StoredCorrection => ({ contentHash, label, isAdded, correctedAt }));
      return {
        rows:
          made.length === 0
            ? undefined
            : [
                ...withoutTags(
                  rows,
                  contentHash,
                  stored.map(({ label }) => label),
                ),
                ...stored,
              ],
        result: made,
      };
    },
    lockOptions(workspace, options),
  );
}

/**
 * Takes a correction back: what it took the place of counts again. Gives false where the tag was corrected again since, and changes nothing.
 */
export async function undoCorrection(
  workspace: Workspace,
  { contentHash, ...made }: MadeCorrection & { readonly contentHash: string },
  options: TaskOptions = {},
): Promise<boolean> {
  const store = await openTags(workspace);
  return store.amend(
    (rows) => {
      const current = rows.find((row) => row.contentHash === contentHash && row.label === made.tag);
      if (current?.correctedAt !== made.correctedAt || current.isAdded !== made.isAdded) return { result: false };
      const others = withoutTags(rows, contentHash, [made.tag]);
      const restored = made.replaced && { contentHash, label: made.tag, ...made.replaced };
      return { rows: restored ? [...others, restored] : others, result: true };
    },
    lockOptions(workspace, options),
  );
}

const withoutTags = (rows: readonly StoredCorrection[], contentHash: string, tags: readonly string[]): StoredCorrection[] =>
  rows.filter((row) => row.contentHash !== contentHash || !tags.includes(row.label));

function toChange({ add = [], remove = [], tags }: ImageCorrection, now: readonly ImageTag[]): { add: string[]; remove: string[] } {
  if (tags === undefined) return refuseBoth({ add: toNames(add), remove: toNames(remove) });
  const wanted = toNames(tags);
  const has = now.map(({ label }) => label);
  return { add: wanted.filter((tag) => !has.includes(tag)), remove: has.filter((tag) => !wanted.includes(tag)) };
}

function toNames(tags: readonly string[]): string[] {
  const names = [...new Set(tags.map(toTagName))];
  if (!names.includes('')) return names;
  throw new LabelwiseError('INVALID_ARGUMENT', 'Expected a tag, got a blank.');
}

function refuseBoth(change: { add: string[]; remove: string[] }): { add: string[]; remove: string[] } {
  const both = change.add.find((tag) => change.remove.includes(tag));
  if (both === undefined) return change;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected one of \`add\` and \`remove\` for the tag "${both}", got both.`);
}

async function openTags(workspace: Workspace) {
  const { openTagDatabase } = await import('../../store/tag-database.js');
  return openTagDatabase(await workspace.database());
}
