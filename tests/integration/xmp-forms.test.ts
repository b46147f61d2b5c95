import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSidecar } from '../../dist/xmp/merge-sidecar.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { randomSidecar } from '../fixtures/random-sidecar.js';
import { readXmp, SUBJECT, type XmpValue } from '../fixtures/read-xmp.js';

const hasExiv2 = spawnSync('exiv2', ['--version']).status === 0;
const keyword = fc.constantFrom('crab', 'sea', 'CAFÉ', 'two words', 'a & b', '🦀');
const RUNS = Number(process.env.LABELWISE_RUNS ?? 150);

/** Adds a keyword, and removes it again. */
const addAndRemove = (sidecar: string, word: string, isHierarchical: boolean) => {
  const added = mergeSidecar(sidecar, [word], { isHierarchical }) ?? sidecar;
  return { added, removed: mergeSidecar(added, []) ?? added };
};

/** The properties less those of labelwise, and less the lists that it may write. */
const others = (properties: Record<string, XmpValue>) =>
  Object.entries(properties)
    .filter(([name]) => !/^urn:labelwise|subject$|TagsList$|hierarchicalSubject$/.test(name) || name.startsWith('urn:elsewhere'))
    .sort(([a], [b]) => (a < b ? -1 : 1));

test('after a keyword is added and removed, a sidecar in any form reads as before', () => {
  fc.assert(
    fc.property(randomSidecar(), keyword, fc.boolean(), (sidecar, word, isHierarchical) => {
      const before = readXmp(sidecar);
      const { added, removed } = addAndRemove(sidecar, word, isHierarchical);
      expect(removed).toBe(sidecar);
      const during = readXmp(added);
      expect(others(during)).toEqual(others(before));
      const [old, now] = [before, during].map((properties) => subjectOf(properties));
      expect(now?.slice(0, old?.length)).toEqual(old);
      const isNew = !old?.some((item) => plain(item) === word);
      expect(now?.slice(old?.length)).toEqual(isNew ? [word] : []);
    }),
    { numRuns: RUNS },
  );
});

const listOf = (value: XmpValue | undefined): XmpValue[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** The keywords; those of a list with qualifiers are its value. */
function subjectOf(properties: Record<string, XmpValue>): XmpValue[] {
  const value = properties[SUBJECT];
  if (typeof value === 'object' && !Array.isArray(value)) return listOf(value['http://www.w3.org/1999/02/22-rdf-syntax-ns#value']);
  return listOf(value);
}

function plain(item: XmpValue): string {
  if (typeof item === 'string') return item.normalize('NFC').replace(/\s+/g, ' ').trim();
  return Array.isArray(item) ? '' : plain(item.value ?? item['http://www.w3.org/1999/02/22-rdf-syntax-ns#value'] ?? '');
}

test.skipIf(!hasExiv2)('exiv2 reads the same properties as before (skipped without exiv2)', () => {
  const folder = temporaryFolder();
  const read = (name: string, text: string): string[] => {
    writeFileSync(join(folder, `${name}.xmp`), text);
    const { stdout, stderr } = spawnSync('exiv2', ['-PXkyv', join(folder, `${name}.xmp`)], { encoding: 'utf8' });
    expect(`${name}: ${stderr}`).not.toMatch(/Error|exception|Failed to decode/);
    return stdout
      .replace(/(dc\.subject +)Xmp(?:Text |Bag {2})/g, '$1')
      .split('\n')
      .sort(); // a single keyword becomes a list of one
  };
  fc.assert(
    fc.property(randomSidecar({ isForExiv2: true }), keyword, fc.boolean(), (sidecar, word, isHierarchical) => {
      const before = read('before', sidecar);
      const { added, removed } = addAndRemove(sidecar, word, isHierarchical);
      expect(plain(read('added', added).join(' '))).toContain(word);
      expect(read('removed', removed)).toEqual(before);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
