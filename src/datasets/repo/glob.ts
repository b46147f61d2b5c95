/** A pattern of a data set's README as a regular expression over whole paths: `*`, `?`, `[ab]`, `{a,b}`, and `**` over folders. */
export function globToRegExp(pattern: string): RegExp {
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
