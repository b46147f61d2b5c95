import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { temporaryName } from '../../dist/files/temporary-file.js';
import { type CliResult, cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, ROOT } from '../fixtures/paths.js';
import { putFile, tinyPng } from '../fixtures/photo-folder.js';

const CASES = ['dc-elsewhere', 'subject-attribute', 'duplicates', 'comment-cdata', 'hierarchical'] as const;
const hasTool = (name: string): boolean => spawnSync(name, [name === 'exiftool' ? '-ver' : '--version']).status === 0;
const original = (name: string): string => readFileSync(`${ROOT}tests/fixtures/sidecars/${name}.xmp`, 'utf8');

const folder = temporaryFolder();
const db = ['--db', temporaryFolder()];
const at = (name: string): string => join(folder, name);
const sidecar = (name: string): string => readFileSync(at(name), 'utf8');
const exportXmp = (...flags: string[]): Promise<CliResult> => cli(['export', '--xmp', ...flags, ...db]);
const sidecars = (): string[] => readdirSync(folder).filter((name) => /\.xmp$/i.test(name));

beforeAll(async () => {
  for (const name of CASES) putFile(at(`${name}.png`), tinyPng(name));
  expect((await cli(['index', folder, '--model', CLIP_TINY, ...db])).code).toBe(0);
  expect((await cli(['tags', 'add', 'crab', ...CASES.map((name) => at(`${name}.png`)), ...db])).code).toBe(0);
});
beforeEach(() => {
  for (const name of sidecars()) rmSync(at(name));
});

describe("other programs' sidecars", () => {
  beforeEach(async () => {
    for (const name of CASES) writeFileSync(at(`${name}.png.xmp`), original(name));
    expect(await exportXmp()).toEqual({ code: 0, stdout: '', stderr: 'sidecars: 5 written, 0 had nothing to change\n' });
  });
  /** A sidecar without what the export added: our description, and the keyword. */
  const withoutOurs = (text: string): string =>
    text.replace(/\s*<rdf:Description[^>]*xmlns:labelwise=[\s\S]*?<\/rdf:Description>/, '').replaceAll('<rdf:li>crab</rdf:li>', '');

  test.each(CASES)('keep every byte but the added keyword: %s', (name) => {
    expect(withoutOurs(sidecar(`${name}.png.xmp`))).toBe(original(name).replace(' dc:subject="harbour"', ''));
  });

  test('get the keyword where readers look for it', () => {
    const list = (name: string, property: string): string[] => {
      const found = new RegExp(`<${property}>.*?</${property}>`).exec(sidecar(`${name}.png.xmp`))?.[0] ?? '';
      return [...found.matchAll(/<rdf:li>(.*?)<\/rdf:li>/g)].map(([, text]) => text as string);
    };
    expect(list('dc-elsewhere', 'dc:subject')).toEqual(['crab']);
    expect(list('subject-attribute', 'dc:subject')).toEqual(['harbour', 'crab']);
    expect(list('duplicates', 'dc:subject')).toEqual(['boat', 'boat', 'sea', 'crab']);
    expect(list('comment-cdata', 'dc:subject')).toEqual(['<![CDATA[a & b]]>', '  two  words ', 'CAFÉ', 'crab']);
    for (const property of ['digiKam:TagsList', 'MicrosoftPhoto:LastKeywordXMP'])
      expect(list('hierarchical', property)).toEqual(['Nature/Sea', 'crab']);
    expect(list('hierarchical', 'lr:hierarchicalSubject')).toEqual(['Nature|Sea', 'crab']);
  });

  test.skipIf(!hasTool('exiv2'))('are read by exiv2 (skipped without exiv2)', () => {
    const read = (name: string): string => execFileSync('exiv2', ['-PXkv', at(`${name}.png.xmp`)], { encoding: 'utf8', stdio: 'pipe' });
    expect(read('dc-elsewhere')).toMatch(/dcterms\.rightsHolder +Ann\n.*dcterms\.created +2020-01-02\n.*dc\.subject +crab\n/);
    expect(read('subject-attribute')).toMatch(/dc\.format +image\/jpeg\n.*dc\.subject +harbour, crab\n/);
    expect(read('duplicates')).toMatch(/Rating +3\n.*dc\.subject +boat, boat, sea, crab\n.*dc\.title +lang="x-default" T\n/);
    expect(read('comment-cdata')).toMatch(/dc\.subject +a & b, {3}two {2}words , CAFÉ, crab\n/);
    expect(read('hierarchical')).toMatch(/TagsList +Nature\/Sea, crab\n.*hierarchicalSubject +Nature\|Sea, crab\n/);
  });

  test.skipIf(!hasTool('exiftool'))('are read by exiftool (skipped without exiftool)', () => {
    const read = (name: string) => JSON.parse(execFileSync('exiftool', ['-j', at(`${name}.png.xmp`)], { encoding: 'utf8' }))[0];
    expect(read('dc-elsewhere')).toMatchObject({ RightsHolder: 'Ann', Subject: 'crab' });
    expect(read('subject-attribute')).toMatchObject({ Format: 'image/jpeg', Subject: ['harbour', 'crab'] });
    expect(read('duplicates')).toMatchObject({ Rating: 3, Title: 'T', Subject: ['boat', 'boat', 'sea', 'crab'] });
    expect(read('comment-cdata').Subject.slice(1)).toEqual(['  two  words ', 'CAFÉ', 'crab']);
    expect(read('hierarchical')).toMatchObject({
      TagsList: ['Nature/Sea', 'crab'],
      HierarchicalSubject: ['Nature|Sea', 'crab'],
      LastKeywordXMP: ['Nature/Sea', 'crab'],
      Subject: ['Sea', 'crab'],
    });
  });

  test.skipIf(!hasTool('xmllint'))('are well-formed for xmllint (skipped without xmllint)', () => {
    for (const name of CASES) execFileSync('xmllint', ['--noout', at(`${name}.png.xmp`)]);
  });

  test('are as they were once the tag is gone, byte for byte', async () => {
    const all = CASES.map((name) => at(`${name}.png`));
    await cli(['tags', 'remove', 'crab', ...all, ...db]);
    expect((await exportXmp()).code).toBe(0);
    for (const name of CASES) expect(sidecar(`${name}.png.xmp`)).toBe(original(name));
    await cli(['tags', 'add', 'crab', ...all, ...db]);
  });
});

test.each([
  ['duplicates.xmp', 'photo.jpg.xmp'],
  ['duplicates.XMP', 'photo.jpg.xmp'],
  ['duplicates.png.XMP', 'photo.jpg.xmp'],
  ['duplicates.png.Xmp', 'photo.xmp'],
])('an image with the sidecar %s does not get a second one', async (name, preferred) => {
  writeFileSync(at(name), original('duplicates'));
  const { code, stderr } = await exportXmp('--sidecars', preferred);
  expect([code, sidecars().filter((found) => found.startsWith('duplicates'))]).toEqual([0, [name]]);
  expect(sidecar(name)).toContain('<rdf:li>crab</rdf:li>');
  const isOther = (preferred === 'photo.xmp') === name.includes('.png');
  expect(stderr.includes(`existing sidecars used that are not named like ${preferred}: 1`)).toBe(isOther);
});

test('--hierarchical creates the lists that digiKam, Lightroom and Immich prefer, with the keywords that are there', async () => {
  writeFileSync(at('duplicates.png.xmp'), original('duplicates'));
  expect((await exportXmp('--hierarchical')).code).toBe(0);
  const [boat, sea, crab] = ['boat', 'sea', 'crab'].map((word) => `<rdf:li>${word}</rdf:li>`);
  expect(sidecar('duplicates.png.xmp')).toContain(`<digiKam:TagsList><rdf:Seq>${boat}${sea}${crab}</rdf:Seq></digiKam:TagsList>`);
  expect(sidecar('duplicates.png.xmp')).toContain(
    `<lr:hierarchicalSubject><rdf:Bag>${boat}${sea}${crab}</rdf:Bag></lr:hierarchicalSubject>`,
  );
  expect(sidecar('hierarchical.png.xmp')).toContain(`<digiKam:TagsList><rdf:Seq>${crab}</rdf:Seq></digiKam:TagsList>`);
  expect((await exportXmp('--hierarchical')).stderr).toMatch(/^sidecars: 0 written/);
  expect((await exportXmp()).stderr).toMatch(/^sidecars: 5 written/);
  expect(sidecar('duplicates.png.xmp')).not.toMatch(/<digiKam|<lr:/);
  expect(await cli(['export', '--csv', '--hierarchical', ...db])).toMatchObject({ code: 2, stdout: '' });
});

describe.skipIf(process.platform === 'win32')('the new file', () => {
  const NOBODY = 65534;
  const isRoot = process.getuid?.() === 0;
  const path = (): string => at('duplicates.png.xmp');
  beforeEach(() => writeFileSync(path(), original('duplicates')));

  test('has the permissions of the old one, and its owner', async () => {
    chmodSync(path(), 0o640);
    if (isRoot) chownSync(path(), NOBODY, NOBODY);
    expect((await exportXmp()).code).toBe(0);
    const { mode, uid, gid } = statSync(path());
    expect(mode & 0o7777).toBe(0o640);
    if (isRoot) expect([uid, gid]).toEqual([NOBODY, NOBODY]);
  });

  /** Root may write everything: the sidecar is written as nobody. */
  const writeAsNobody = (sidecarPath: string): string => {
    const script = `import { writeSidecar } from ${JSON.stringify(`${ROOT}dist/xmp/write-sidecar.js`)};
      await writeSidecar(${JSON.stringify(sidecarPath)}, ['crab']).then(console.log, (error) => console.log(error.code, error.message));`;
    const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
    return spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', ...user }).stdout;
  };
  const openFolder = (): string => {
    const open = mkdtempSync(join(tmpdir(), 'labelwise-nobody-')); // outside of the test's home, which is its user's alone
    chmodSync(open, 0o777);
    return open;
  };

  test('does not replace a read-only sidecar, though its folder can be written', () => {
    const open = openFolder();
    const closed = join(open, 'a.xmp');
    writeFileSync(closed, original('duplicates'));
    chmodSync(closed, 0o444);
    expect(writeAsNobody(closed)).toMatch(/^OUTPUT_UNWRITABLE \S+a\.xmp cannot be written: EACCES/);
    expect([readFileSync(closed, 'utf8'), readdirSync(open)]).toEqual([original('duplicates'), ['a.xmp']]);
    rmSync(open, { recursive: true });
  });

  test.skipIf(!isRoot)("does not take another user's sidecar over (skipped unless run as root)", () => {
    const open = openFolder();
    const shared = join(open, 'a.xmp');
    writeFileSync(shared, original('duplicates'));
    chmodSync(shared, 0o666);
    expect(writeAsNobody(shared)).toMatch(/^OUTPUT_UNWRITABLE \S+a\.xmp cannot be written: EPERM/);
    expect([readFileSync(shared, 'utf8'), readdirSync(open)]).toEqual([original('duplicates'), ['a.xmp']]);
    rmSync(open, { recursive: true });
  });
});

test('an export deletes what killed exports left, and nothing else', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const left = temporaryName().replace(`-${process.pid}-`, `-${dead}-`);
  const elsewhere = left.replace(/-[0-9a-f]{8}-/, '-00000000-'); // of another machine: its processes cannot be asked
  const kept = [temporaryName(), elsewhere, '.labelwise-notes.tmp', `${left}.bak`, left.replace('labelwise', 'other')];
  for (const name of [left, ...kept]) writeFileSync(at(name), 'x');
  mkdirSync(at(left.replace(/[0-9a-f]{12}/, '0'.repeat(12)))); // a folder is not ours
  expect((await exportXmp('--dry-run')).code).toBe(0);
  expect(existsSync(at(left))).toBe(true);
  expect((await exportXmp()).code).toBe(0);
  expect(kept.filter((name) => !existsSync(at(name)))).toEqual([]);
  expect(existsSync(at(left))).toBe(false);
  const old = new Date(Date.now() - 25 * 3600 * 1000);
  putFile(at(elsewhere), Buffer.from('x'), old);
  writeFileSync(at(left), 'x');
  expect((await cli(['export', '--csv', '--out', at('tags.csv'), ...db])).code).toBe(0);
  expect([left, elsewhere].filter((name) => existsSync(at(name)))).toEqual([]);
});
