const MOST_WILDCARDS = 6;

/**
 * A pattern of a data set's README as a regular expression over whole paths: `*`, `?`, `[ab]`, `{a,b}`, and `**` over folders.
 * It comes from outside: one with so many wildcards that matching could take for ever matches nothing.
 */
export function globToRegExp(pattern: string): RegExp {
  if ((pattern.match(/\*+/g)?.length ?? 0) > MOST_WILDCARDS) return /^(?!)/;
  let source = '';
  let depth = 0;
  const clean = pattern.replace(/^\.?\//, '');
  for (let i = 0; i < clean.length; i++) {
    const char = clean[i] as string;
    if (clean.startsWith('**/', i)) {
      source += '(?:.*/)?';
      i += 2;
    } else if (clean.startsWith('**', i)) {
      source += '.*';
      i += 1;
    } else if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '{') {
      source += '(?:';
      depth++;
    } else if (char === '}' && depth > 0) {
      source += ')';
      depth--;
    } else if (char === ',' && depth > 0) source += '|';
    else if (char === '[' && clean.indexOf(']', i) > i) {
      const end = clean.indexOf(']', i);
      source += `[${clean
        .slice(i + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')}]`;
      i = end;
    } else source += char.replace(/[.+^$()|[\]{}\\]/g, '\\$&');
  }
  return new RegExp(`^${source}${')'.repeat(depth)}$`);
}
