/** Bytes for people: "1.7 GB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** A limit and what is beyond it, in words that differ: byte for byte where they are nearly the same. */
export function formatExcess(limit: number, bytes: number | undefined): { limit: string; bytes: string } {
  if (bytes === undefined) return { limit: formatBytes(limit), bytes: 'more' };
  const [most, got] = [formatBytes(limit), formatBytes(bytes)];
  return most === got ? { limit: `${limit} bytes`, bytes: `${bytes} bytes` } : { limit: most, bytes: got };
}
