import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSidecar } from './merge-sidecar.js';

/** As darktable writes it: attributes, a history, keywords in a Bag, another namespace. */
const DARKTABLE = `<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:darktable="http://darktable.sf.net/" xmp:Rating="4" darktable:xmp_version="5">
   <dc:subject>
    <rdf:Bag>
     <rdf:li>holiday</rdf:li>
     <rdf:li>Anna &amp; Bert</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <darktable:history><rdf:Seq><rdf:li darktable:operation="exposure" darktable:params="gz02"/></rdf:Seq></darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>`;

const subjectsIn = (xmp: string | undefined): string[] => {
  const subject = /<dc:subject>([\s\S]*?)<\/dc:subject>/.exec(xmp ?? '')?.[1] ?? '';
  return [...subject.matchAll(/<rdf:li>([^<]*)<\/rdf:li>/g)].map(([, text]) => text as string);
};

test('a new sidecar holds the keywords as a Bag in dc:subject', () => {
  const xmp = mergeSidecar(undefined, ['dog', 'red panda', 'a < b & "c"']);
  expect(subjectsIn(xmp)).toEqual(['dog', 'red panda', 'a &lt; b &amp; "c"']);
  expect(xmp).toContain('xmlns:dc="http://purl.org/dc/elements/1.1/"');
});

test('what others wrote is kept: rating, history, their keywords', () => {
  const xmp = mergeSidecar(DARKTABLE, ['dog']);
  expect(subjectsIn(xmp)).toEqual(['holiday', 'Anna &amp; Bert', 'dog']);
  expect(xmp).toContain('xmp:Rating="4"');
  expect(xmp).toContain('<rdf:li darktable:operation="exposure" darktable:params="gz02"/>');
  expect(xmp).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>/);
});

test('a second export deletes its own keywords and leaves those of others', () => {
  const first = mergeSidecar(DARKTABLE, ['dog', 'holiday']);
  expect(subjectsIn(first)).toEqual(['holiday', 'Anna &amp; Bert', 'dog']);
  const second = mergeSidecar(first, ['cat']);
  expect(subjectsIn(second)).toEqual(['holiday', 'Anna &amp; Bert', 'cat']);
  const none = mergeSidecar(second, []);
  expect(subjectsIn(none)).toEqual(['holiday', 'Anna &amp; Bert']);
  expect(none).not.toContain('labelwise:keywords');
});

test('nothing to say makes no sidecar, and what stands there already is left untouched', () => {
  expect(mergeSidecar(undefined, [])).toBeUndefined();
  expect(mergeSidecar(DARKTABLE, ['holiday'])).toBeUndefined();
  expect(mergeSidecar(mergeSidecar(DARKTABLE, ['dog']), ['dog'])).toBeUndefined();
});

test('a keyword that another program wrote in another normalisation or with other blanks is not added again', () => {
  const xmp = DARKTABLE.replace('holiday', 'CAFE\u0301').replace('Anna &amp; Bert', ' two  words');
  expect(mergeSidecar(xmp, ['CAF\u00C9', 'two words'])).toBeUndefined();
});

test("another program's copy of our keyword stays when the tag is gone", () => {
  const ours = mergeSidecar(DARKTABLE, ['dog']) ?? '';
  const twice = ours.replace('<rdf:li>holiday</rdf:li>', '<rdf:li>dog</rdf:li>');
  expect(subjectsIn(mergeSidecar(twice, []))).toEqual(['dog', 'Anna &amp; Bert']);
});

test('a byte order mark and line ends stay', () => {
  const windows = `\uFEFF${DARKTABLE.replaceAll('\n', '\r\n')}`;
  const added = mergeSidecar(windows, ['dog']) ?? '';
  expect(added.replaceAll('\r\n', '')).not.toContain('\n');
  expect(mergeSidecar(added, [])).toBe(windows);
});

test('an RDF without a description, and a Seq instead of a Bag, can be added to', () => {
  const rdf = (inner: string): string => `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${inner}</rdf:RDF>`;
  expect(subjectsIn(mergeSidecar(rdf(''), ['dog']))).toEqual(['dog']);
  const seq = rdf(
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Seq><rdf:li>x</rdf:li></rdf:Seq></dc:subject></rdf:Description>',
  );
  expect(subjectsIn(mergeSidecar(seq, ['dog']))).toEqual(['x', 'dog']);
});

test('another prefix for Dublin Core is used as it is', () => {
  const xmp = mergeSidecar(DARKTABLE.replaceAll('dc:', 'd:').replace('xmlns:d:', 'xmlns:d').replace('xmlns:dc=', 'xmlns:d='), ['dog']);
  expect(xmp).toMatch(/<d:subject>[\s\S]*<rdf:li>dog<\/rdf:li>[\s\S]*<\/d:subject>/);
});

test.each([
  ['text', 'no xmp at all'],
  ['nothing', ''],
  ['half a file', DARKTABLE.slice(0, 600)],
  ['a tag that is not closed', DARKTABLE.replace('</rdf:Bag>', '')],
  ['an undeclared prefix', DARKTABLE.replace(' xmlns:darktable="http://darktable.sf.net/"', '')],
  ['another document', '<html><body/></html>'],
  ['entities', `<!DOCTYPE a [<!ENTITY b "c">]>${DARKTABLE.replace(/^.*\n/, '')}`],
  ['a subject that is not a list', DARKTABLE.replace(/<rdf:Bag>[\s\S]*?<\/rdf:Bag>/, '<rdf:Alte/>')],
  ['a property that is there twice', DARKTABLE.replace('xmp:Rating="4"', 'xmp:Rating="4" dc:subject="sea"')],
  ['a typed node', DARKTABLE.replace('</rdf:RDF>', '<x:Photo rdf:about=""/>$&')],
  ['two resources', DARKTABLE.replace(/(<rdf:Description rdf:about=")(")/, '$1a$2/>$1b$2')],
  ['two documents in one', DARKTABLE.replace(/<rdf:RDF[\s\S]*<\/rdf:RDF>/, '$&$&')],
  ['another encoding than it declares', DARKTABLE.replace('UTF-8', 'ISO-8859-1')],
])('%s is refused, not overwritten', (_name, text) => {
  expect(() => mergeSidecar(text, ['dog'])).toThrow(expect.objectContaining({ code: 'SIDECAR_INVALID' }));
});

test('U+FFFD is a character like any other, in keywords and in what others wrote', () => {
  const xmp = mergeSidecar(DARKTABLE.replace('holiday', 'caf\uFFFD'), ['a\uFFFDb']);
  expect(subjectsIn(xmp)).toEqual(['caf\uFFFD', 'Anna &amp; Bert', 'a\uFFFDb']);
  expect(mergeSidecar(xmp, ['a\uFFFDb'])).toBeUndefined();
});

test('any keywords come back as they went in, less what XML cannot hold', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 6 }), (keywords) => {
      const xmp = mergeSidecar(DARKTABLE, keywords) ?? DARKTABLE;
      expect(mergeSidecar(xmp, keywords)).toBeUndefined(); // it was read back as what was asked for
      expect(subjectsIn(xmp).slice(0, 2)).toEqual(['holiday', 'Anna &amp; Bert']);
    }),
  );
});
