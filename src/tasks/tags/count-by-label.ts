import type { Collection } from '../../core/collection.js';
import type { TagColumns } from '../../core/image-tags.js';

/** A label with the images that it fits. */
export interface LabelTags {
  readonly label: string;
  readonly images: number;
  /** A few of them, the surest first. */
  readonly samples: readonly { readonly path: string; readonly probability: number }[];
}

/** How many images each label fits, with a few of them by name: what a person looks at before the tags are kept. */
export async function countByLabel(
  collection: Pick<Collection, 'names'>,
  tags: TagColumns,
  { samples, signal }: { samples: number; signal: AbortSignal | undefined },
): Promise<LabelTags[]> {
  const rows = new Map<string, { hash: string; probability: number }[]>();
  for (const [i, label] of tags.labels.entries()) {
    const list = rows.get(label) ?? [];
    rows.set(label, list);
    list.push({ hash: tags.contentHashes[i] as string, probability: tags.probabilities[i] as number });
  }
  const counted = [...rows].map(([label, images]) => ({
    label,
    images: images.length,
    best: images.sort((a, b) => b.probability - a.probability || (a.hash < b.hash ? -1 : 1)).slice(0, samples),
  }));
  const wanted = new Set(counted.flatMap(({ best }) => best.map(({ hash }) => hash)));
  const paths = await pathsOf(collection, wanted, signal);
  return counted
    .map(({ label, images, best }) => ({
      label,
      images,
      samples: best.map(({ hash, probability }) => ({ path: paths.get(hash) as string, probability })),
    }))
    .sort((a, b) => b.images - a.images || (a.label < b.label ? -1 : 1));
}

async function pathsOf(
  collection: Pick<Collection, 'names'>,
  hashes: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  if (hashes.size === 0) return paths;
  for await (const names of collection.names({ signal }))
    for (const { contentHash, path } of names) if (hashes.has(contentHash) && !paths.has(contentHash)) paths.set(contentHash, path);
  return paths;
}
