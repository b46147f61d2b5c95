import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Exif } from 'sharp';
import { expect, test } from 'vitest';
import { NO_PHOTO_FACTS, readPhotoFacts } from './read-photo-facts.js';

const picture = sharp({ create: { width: 64, height: 48, channels: 3, background: 'teal' } });
const jpegWith = (exif: Exif): Promise<Buffer> => picture.clone().withExif(exif).jpeg().toBuffer();
const SYDNEY: Exif = {
  IFD0: { Make: 'NIKON CORPORATION', Model: 'NIKON D90' },
  IFD2: { DateTimeOriginal: '2024:06:01 14:30:00', OffsetTimeOriginal: '+10:00', DateTimeDigitized: '2024:07:01 00:00:00' },
  IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '33/1 51/1 3000/100', GPSLongitudeRef: 'E', GPSLongitude: '151/1 12/1 0/1' },
};

test.each(['jpeg', 'png', 'webp', 'avif'] as const)('time, camera and place are read from %s', async (format) => {
  const facts = readPhotoFacts(await picture.clone().withExif(SYDNEY)[format]().toBuffer());
  expect(facts).toMatchObject({ takenAt: '2024-06-01T14:30:00+10:00', camera: 'NIKON D90', longitude: 151.2 });
  expect(facts.latitude).toBeCloseTo(-33.858333, 6);
});

/** A TIFF of tags in the byte order of Motorola or Intel; texts go behind the directory. */
function tiffOf(tags: Readonly<Record<number, string>>, isLittleEndian: boolean): Uint8Array {
  const entries = Object.entries(tags).map(([id, text]) => ({ id: Number(id), text: Buffer.from(`${text}\0\0\0\0`) }));
  const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4 + entries.reduce((sum, { text }) => sum + text.length, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  bytes.write(isLittleEndian ? 'II' : 'MM', 'latin1');
  view.setUint16(2, 42, isLittleEndian);
  view.setUint32(4, 8, isLittleEndian);
  view.setUint16(8, entries.length, isLittleEndian);
  let end = 10 + entries.length * 12 + 4;
  for (const [i, { id, text }] of entries.entries()) {
    const at = 10 + i * 12;
    view.setUint16(at, id, isLittleEndian);
    view.setUint16(at + 2, 2, isLittleEndian); // ASCII
    view.setUint32(at + 4, text.length, isLittleEndian);
    view.setUint32(at + 8, end, isLittleEndian);
    bytes.set(text, end);
    end += text.length;
  }
  return bytes;
}

test.each([
  ['Intel', true],
  ['Motorola', false],
])('a TIFF in the byte order of %s is read, padded texts are trimmed', (_name, isLittleEndian) => {
  const facts = readPhotoFacts(tiffOf({ 271: 'Canon  \0\0', 272: ' Canon\tEOS 5D  ' }, isLittleEndian));
  expect(facts).toEqual({ ...NO_PHOTO_FACTS, camera: 'Canon EOS 5D' });
});

test.each([
  ['Apple', 'iPhone 12', 'Apple iPhone 12'],
  ['OLYMPUS IMAGING CORP.', 'OLYMPUS E-M1', 'OLYMPUS E-M1'],
  ['EASTMAN KODAK COMPANY', 'KODAK Z650', 'KODAK Z650'],
  ['SONY', 'ILCE-7M3', 'SONY ILCE-7M3'],
  ['Leica Camera AG', 'LEICA Q2', 'LEICA Q2'],
  ['Panasonic', ' ', 'Panasonic'],
])('the maker %j and the model %j are the camera %j', async (Make, Model, camera) => {
  expect(readPhotoFacts(await jpegWith({ IFD0: { Make, Model } })).camera).toBe(camera);
});

test.each([
  ['2024:06:01 14:30:00', undefined, '2024-06-01T14:30:00'],
  ['2024:06:01 14:30:00', '02:00', '2024-06-01T14:30:00'],
  ['2024:06:01 14:30:00', '-05:30', '2024-06-01T14:30:00-05:30'],
  ['2024-06-01T14:30:00', undefined, '2024-06-01T14:30:00'],
  ['2024:06:01 14:30:00Z', undefined, '2024-06-01T14:30:00Z'],
  ['2024:06:01 14:30:00', 'Z', '2024-06-01T14:30:00Z'],
  ['2024:06:01 14:30:00+02:00', '+05:00', '2024-06-01T14:30:00+02:00'],
  ['2024-06-01T14:30:00.250-0330', undefined, '2024-06-01T14:30:00-03:30'],
  ['2024:06:01 02:30:00 PM', undefined, '2024-06-01T14:30:00'],
  ['2024:06:01 12:05:00 am', '+01:00', '2024-06-01T00:05:00+01:00'],
  ['2024:06:01 12:05:00PM', undefined, '2024-06-01T12:05:00'],
  ['2024/6/1 2:30 p.m.', undefined, '2024-06-01T14:30:00'],
  ['2024:06:01 14:30:00 PM', undefined, '2024-06-01T14:30:00'],
  ['2024:06:01', '+02:00', '2024-06-01'],
  ['2024-06-01', undefined, '2024-06-01'],
  ['2024:06:01   :  :  ', undefined, '2024-06-01'],
  ['2024:06:01 half past two', undefined, '2024-06-01'],
  ['2024:06:01 14h30', undefined, undefined],
  ['2024:02:31', undefined, undefined],
  ['0000:00:00 00:00:00', undefined, undefined],
  ['    :  :     :  :  ', undefined, undefined],
  ['2024:02:31 10:00:00', undefined, undefined],
  ['2024:13:01 10:00:00', undefined, undefined],
  ['2024:06:01 25:00:00', undefined, undefined],
])('the date %j with the offset %j is %j', async (DateTimeOriginal, OffsetTimeOriginal, takenAt) => {
  const exif = { DateTimeOriginal, ...(OffsetTimeOriginal ? { OffsetTimeOriginal } : {}) };
  expect(readPhotoFacts(await jpegWith({ IFD2: exif })).takenAt).toBe(takenAt);
});

/** A PNG with XMP as its specification asks for it, not compressed; sharp compresses it. */
async function pngWith(xmp: string): Promise<Buffer> {
  const png = await picture.clone().png().toBuffer();
  const chunk = Buffer.from(`iTXtXML:com.adobe.xmp\0\0\0\0\0${xmp}`);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(chunk.length - 4);
  check.writeUInt32BE(crc32(chunk));
  return Buffer.concat([png.subarray(0, 33), length, chunk, check, png.subarray(33)]); // after IHDR
}

const xmpWith = (attributes: string): string =>
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" ${attributes}/></rdf:RDF></x:xmpmeta>`;

test.each([
  ['exif:DateTimeOriginal="2019-08-07T06:05:04+02:00" xmp:CreateDate="2020-01-01"', '2019-08-07T06:05:04+02:00'],
  ['photoshop:DateCreated="1985-07-04"', '1985-07-04'],
  ['xmp:CreateDate="2020-01-02T03:04Z"', '2020-01-02T03:04:00Z'],
  ['xmp:CreateDate="2020"', undefined],
  ['xmp:ModifyDate="2020-01-02T03:04:05"', undefined],
])('where EXIF has no date, XMP says %s: %j', async (attributes, takenAt) => {
  for (const format of ['jpeg', 'webp'] as const) {
    const image = await picture.clone().withXmp(xmpWith(attributes))[format]().toBuffer();
    expect(readPhotoFacts(image).takenAt, format).toBe(takenAt);
  }
  expect(readPhotoFacts(await pngWith(xmpWith(attributes))).takenAt, 'png').toBe(takenAt);
  const both = picture
    .clone()
    .withXmp(xmpWith(attributes))
    .withExif({ IFD2: { DateTimeOriginal: '2001:02:03 04:05:06' } });
  expect(readPhotoFacts(await both.jpeg().toBuffer()).takenAt).toBe('2001-02-03T04:05:06');
});

test('when the picture was digitised stands in for when it was taken, when the file was changed does not', async () => {
  const DateTime = '2025:01:01 00:00:00';
  const digitised = { IFD0: { DateTime }, IFD2: { DateTimeDigitized: '2003:04:05 06:07:08' } };
  expect(readPhotoFacts(await jpegWith(digitised)).takenAt).toBe('2003-04-05T06:07:08');
  expect(readPhotoFacts(await jpegWith({ IFD0: { DateTime } })).takenAt).toBeUndefined();
});

test.each([
  ['no fix', '0/1 0/1 0/1', '0/1 0/1 0/1'],
  ['a division by nothing', '33/0 0/0 0/0', '151/1 12/1 0/1'],
  ['beyond the pole', '91/1 0/1 0/1', '10/1 0/1 0/1'],
  ['beyond the date line', '10/1 0/1 0/1', '181/1 0/1 0/1'],
])('a place that is none (%s) is absent', async (_name, GPSLatitude, GPSLongitude) => {
  const facts = readPhotoFacts(await jpegWith({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude, GPSLongitudeRef: 'E', GPSLongitude } }));
  expect(facts).toEqual(NO_PHOTO_FACTS);
});

test('bytes without EXIF, without an image or without anything have no facts', async () => {
  for (const bytes of [
    await picture.clone().jpeg().toBuffer(),
    await picture.clone().gif().toBuffer(),
    Buffer.from('text'),
    Buffer.alloc(0),
  ])
    expect(readPhotoFacts(bytes)).toEqual(NO_PHOTO_FACTS);
});

test('broken EXIF never throws: cut anywhere, any bytes changed', async () => {
  const files = [
    await jpegWith(SYDNEY),
    await picture.clone().withExif(SYDNEY).png().toBuffer(),
    tiffOf({ 271: 'Canon', 272: 'EOS' }, true),
  ];
  const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(change, { maxLength: 40 }), fc.nat(), (file, changes, cut) => {
      const bytes = Uint8Array.from(file);
      for (const [place, value] of changes) bytes[place % bytes.length] = value;
      const { takenAt, camera, latitude } = readPhotoFacts(bytes.subarray(0, cut % (bytes.length + 1)));
      expect(camera?.length ?? 0).toBeLessThanOrEqual(201);
      expect(takenAt ?? '').not.toMatch(/\p{Cc}/u);
      expect(Math.abs(latitude ?? 0)).toBeLessThanOrEqual(90);
    }),
    { numRuns: 2000 },
  );
});

test('tags that claim 4 GB are passed over at once', () => {
  const bytes = Buffer.from(tiffOf(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [256 + i, ''])), true));
  for (let i = 0; i < 5000; i++) bytes.writeUInt32LE(0xffffffff, 10 + i * 12 + 4);
  expect(readPhotoFacts(bytes)).toEqual(NO_PHOTO_FACTS);
});
