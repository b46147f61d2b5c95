import koffi from 'koffi';
import { expect, test } from 'vitest';
import { returnFreedMemory } from './return-memory.js';

const MIB = 1024 * 1024;
const hasGlibc = process.platform === 'linux' && 'glibcVersionRuntime' in (process.report.getReport() as { header: object }).header;

test.skipIf(!hasGlibc)('a block of 28 MiB goes back to the system also after one of 30 MiB was freed (skipped without glibc)', () => {
  const libc = koffi.load('libc.so.6');
  const malloc = libc.func('void *malloc(size_t)');
  const free = libc.func('void free(void *)');
  koffi.struct(
    'mallinfo2',
    Object.fromEntries(
      ['arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost'].map((name) => [
        name,
        'size_t',
      ]),
    ),
  );
  const mallinfo = libc.func('mallinfo2 mallinfo2()');
  const mappedBy = (bytes: number): number => {
    const before = Number(mallinfo().hblkhd);
    const block = malloc(bytes);
    const mapped = Number(mallinfo().hblkhd) - before;
    free(block);
    return mapped;
  };
  mappedBy(30 * MIB);
  expect(mappedBy(20 * MIB)).toBe(0); // glibc by itself
  returnFreedMemory();
  expect(mappedBy(28 * MIB)).toBeGreaterThanOrEqual(28 * MIB); // more than what is free by now
});
