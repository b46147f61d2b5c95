import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A number from 0 to `size` - 1 that a seed decides: the same on every machine. */
export const randomIndex = (size: number, seed: number): number => uniformInt(xoroshiro128plus(seed), 0, size - 1);
