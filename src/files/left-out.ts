import { formatCount } from '../core/format-count.js';
import type { NameKind } from './image-names.js';

/**
 * Why a walk left a file or folder out: by its name it is not an image, or is one in a format that labelwise does not read, or a video; its name is
 * excluded; an ignore file lists it; or it is an image whose name begins with a dot.
 */
export type LeftOutReason = Exclude<NameKind, 'image'> | 'excluded' | 'ignored' | 'hidden';

export interface LeftOutFile {
  readonly path: string;
  readonly reason: LeftOutReason;
  /** The ignore file that lists it. */
  readonly by?: string | undefined;
}

/** What was left out for one reason. A folder counts once, whatever is in it. */
export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly by?: string | undefined;
  readonly count: number;
  /** The first few. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/** Counts what walks leave out, by reason. */
export function createLeftOutCount(): { add(file: LeftOutFile): void; list(): LeftOut[] } {
  const groups = new Map<string, LeftOutFile[] & { more?: number }>();
  return {
    add(file) {
      const key = `${file.reason} ${file.by ?? ''}`;
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      if (group.length < EXAMPLES) group.push(file);
      else group.more = (group.more ?? 0) + 1;
    },
    list: () =>
      [...groups.values()].map((group) => {
        const { reason, by } = group[0] as LeftOutFile;
        return {
          reason,
          ...(by === undefined ? {} : { by }),
          count: group.length + (group.more ?? 0),
          examples: group.map(({ path }) => path),
        };
      }),
  };
}

const SAID: Readonly<Record<LeftOutReason, (left: LeftOut) => string>> = {
  unreadable: ({ count }) => `${formatCount(count, 'image')} in formats that labelwise does not read`,
  video: ({ count }) => formatCount(count, 'video'),
  excluded: ({ count }) => `${count} excluded ${count === 1 ? 'file or folder' : 'files and folders'}`,
  ignored: ({ count, by }) => `${count} ${count === 1 ? 'file or folder' : 'files and folders'} listed in ${by}`,
  hidden: ({ count }) => formatCount(count, 'hidden image'),
  other: ({ count }) => formatCount(count, 'other file'),
};

/** A line such as "2 images in formats that labelwise does not read: a.cr2, b.jxl". */
export function describeLeftOut(left: LeftOut, showPath: (path: string) => string): string {
  const more = left.count - left.examples.length;
  return `${SAID[left.reason](left)}: ${left.examples.map(showPath).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
