import type { Lesson } from '../../core/decisions/learn-from-examples.js';

/** "40 examples of 5 labels". */
export const describeSize = ({ examples, labels }: Pick<Lesson, 'examples' | 'labels'>): string =>
  `${examples} example${examples === 1 ? '' : 's'} of ${labels} label${labels === 1 ? '' : 's'}`;
