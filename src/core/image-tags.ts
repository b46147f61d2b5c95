/** A tag of an image. */
export interface ImageTag {
  readonly label: string;
  /** Undefined where a person put it there. */
  readonly probability: number | undefined;
  /** The label set that it comes from; undefined where a person put it there. */
  readonly labelSet: string | undefined;
}

/** What a person said of an image: this label belongs, or does not, whatever a model says. */
export interface TagCorrection {
  readonly label: string;
  readonly isAdded: boolean;
}

/** Tags column by column, one entry a tag: 5,000,000 of them have room in memory. */
export interface TagColumns {
  readonly contentHashes: string[];
  readonly labels: string[];
  readonly probabilities: number[];
  readonly similarities: number[];
}

/**
 * The tags that an image has: those of all label sets, a label once with its highest probability, less what a person took away, and what a
 * person added. Those by hand come first, then by probability, then by name.
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
