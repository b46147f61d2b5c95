import type { LibraryImage } from '../api/library.js';

interface Month {
  readonly title: string;
  readonly images: readonly LibraryImage[];
}

const NAME = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Images in their order, under the months in which they were taken. */
export function groupByMonth(images: readonly LibraryImage[]): Month[] {
  const months = new Map<string, LibraryImage[]>();
  for (const image of images) {
    const title = titleOf(image.takenAt);
    const group = months.get(title) ?? [];
    group.push(image);
    months.set(title, group);
  }
  return [...months].map(([title, group]) => ({ title, images: group }));
}

function titleOf(takenAt: string | null): string {
  const month = /^\d{4}-\d{2}/.exec(takenAt ?? '')?.[0]; // browsers read almost any text as some date
  return month === undefined ? 'Without a date' : NAME.format(new Date(`${month}-01`));
}
