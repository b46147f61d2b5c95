import picomatch from 'picomatch';

const MOST_WILDCARDS = 6;

/**
 * Whether a path matches a pattern of a data set's README, as the hub reads it: `*`, `?`, `[ab]`, `[!a]`, `{a,b}`, and `**` over folders.
 * Parentheses and the like mean themselves. A pattern comes from outside: one with so many wildcards that matching could take for ever
 * matches nothing.
 */
export function createGlob(pattern: string): (path: string) => boolean {
  if ((pattern.match(/\*+/g)?.length ?? 0) > MOST_WILDCARDS) return () => false;
  const plain = pattern
    .replace(/^\.?\//, '')
    .replaceAll('[!', '[^')
    .replace(/[()+@!|](?![^[]*\])/g, '\\$&');
  return picomatch(plain, { dot: true, noextglob: true, nonegate: true });
}
