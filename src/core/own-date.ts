import type { TakenAtSource } from './collection.js';

/** When a photo was taken, as it or its name says; undefined where only its file has a date. */
export const ownDate = (image: {
  readonly takenAt?: string | null | undefined;
  readonly takenAtSource?: TakenAtSource | null | undefined;
}): string | undefined => (image.takenAtSource === 'mtime' ? undefined : (image.takenAt ?? undefined));
