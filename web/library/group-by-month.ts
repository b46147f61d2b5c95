import type { Image } from '../../src/client/api.js';

interface Month {
  readonly title: string;
  readonly images: readonly Image[];
}

const NAME = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Images in their order, under the months in which they were taken. */
export function groupByMonth(images: readonly Image[]): Month[] {
  const months = new Map<string, Image[]>();
  for (const image of images) {
    const title = titleOf(image);
    const group = months.get(title) ?? [];
    group.push(image);
    months.set(title, group);
  }
  return [...months].map(([title, group]) => ({ title, images: group }));
}

function titleOf({ takenAt, takenAtSource }: Image): string {
  const own = takenAtSource === 'mtime' ? null : takenAt; // the date of a file says nothing of the photo
  const month = /^\d{4}-\d{2}/.exec(own ?? '')?.[0]; // browsers read almost any text as some date
  return month === undefined ? 'Without a date' : NAME.format(new Date(`${month}-01`));
}
