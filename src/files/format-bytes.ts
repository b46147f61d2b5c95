const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the largest unit that they fill: "1000 bytes", "1.5 KiB", "256 MiB". */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return power === 0 ? `${bytes} bytes` : `${Number((bytes / 1024 ** power).toFixed(1))} ${UNITS[power - 1]}`;
}

/** A limit and what is beyond it, in words that differ: byte for byte where they are nearly the same. */
export function formatExcess(limit: number, bytes: number | undefined): { limit: string; bytes: string } {
  if (bytes === undefined) return { limit: formatBytes(limit), bytes: 'more' };
  const [most, got] = [formatBytes(limit), formatBytes(bytes)];
  return most === got ? { limit: `${limit} bytes`, bytes: `${bytes} bytes` } : { limit: most, bytes: got };
}
