/** A tag of an image. */
export interface ImageTag {
  readonly label: string;
  /** Undefined if a person added it. */
  readonly probability: number | undefined;
  /** The label set that it comes from; undefined if a person added it. */
  readonly labelSet: string | undefined;
}

/** A person's decision on a label of an image. It overrides the model. */
export interface TagCorrection {
  readonly label: string;
  readonly isAdded: boolean;
}

/** Tags in columns, one entry per tag, so that 5,000,000 of them fit in memory. */
export interface TagColumns {
  readonly contentHashes: string[];
  readonly labels: string[];
  readonly probabilities: number[];
  readonly similarities: number[];
}

/**
 * The tags of an image: those of all tag sets, each label once with its highest probability, without what a person removed, and with what a
 * person added. Tags by hand come first. The others are sorted by probability, then by name.
 */
export function effectiveTags(tags: readonly ImageTag[], corrections: readonly TagCorrection[]): ImageTag[] {
  const byLabel = new Map<string, ImageTag>();
  for (const tag of tags) {
    const known = byLabel.get(tag.label);
    if (known === undefined || (tag.probability ?? 1) > (known.probability ?? 1)) byLabel.set(tag.label, tag);
  }
  for (const { label, isAdded } of corrections) {
    if (isAdded) byLabel.set(label, { label, probability: undefined, labelSet: undefined });
    else byLabel.delete(label);
  }
  const rank = (tag: ImageTag): number => tag.probability ?? 2;
  return [...byLabel.values()].sort((a, b) => rank(b) - rank(a) || (a.label < b.label ? -1 : 1));
}
