import ExifReader from 'exifreader';
import type { PhotoFacts } from '../core/collection.js';
import { isRealTime } from '../core/is-real-time.js';

export const NO_PHOTO_FACTS: PhotoFacts = { takenAt: undefined, camera: undefined, latitude: undefined, longitude: undefined };

type TextTag = 'Make' | 'Model' | 'DateTimeOriginal' | 'DateTimeDigitized' | 'OffsetTimeOriginal' | 'OffsetTimeDigitized';
const TEXT_TAGS: TextTag[] = ['Make', 'Model', 'DateTimeOriginal', 'DateTimeDigitized', 'OffsetTimeOriginal', 'OffsetTimeDigitized'];
/** Dates in XMP, by their names without the prefix: when the photo was taken first. */
const XMP_DATES = ['DateTimeOriginal', 'DateCreated', 'DateTimeDigitized', 'CreateDate'];
/** What ExifReader puts in the place of a value that it cannot read. */
const FAULTY = '<faulty value>';
type Texts = Partial<Record<TextTag, string>>;

/**
 * Reads the facts of the EXIF part of an encoded image (JPEG, PNG, WebP, TIFF, AVIF, HEIC), and the date of its XMP where EXIF has
 * none. Broken EXIF has no facts; nothing is thrown.
 */
export function readPhotoFacts(bytes: Uint8Array): PhotoFacts {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const { exif = {}, gps } = ExifReader.loadView(view, { expanded: true, includeTags: { exif: TEXT_TAGS, gps: true } });
    const texts: Texts = {};
    for (const tag of TEXT_TAGS) {
      const text = toText(exif[tag]);
      if (text !== undefined) texts[tag] = text;
    }
    return { takenAt: toTakenAt(texts) ?? xmpDate(view), camera: toCamera(texts), ...toPlace(gps?.Latitude, gps?.Longitude) };
  } catch {
    return NO_PHOTO_FACTS; // no EXIF, or none that can be read: the picture itself may well be whole
  }
}

/** The text of a tag without NULs and control characters; cameras pad theirs. At most 100 characters: a file may claim anything. */
function toText(tag: { readonly description?: unknown } | undefined): string | undefined {
  if (typeof tag?.description !== 'string') return undefined;
  const text = tag.description
    .slice(0, 400)
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim()
    .slice(0, 100);
  return text === '' || text === FAULTY ? undefined : text;
}

/** When the shutter opened, else when the picture was digitised. When the file was last changed says nothing of the photo. */
function toTakenAt(texts: Texts): string | undefined {
  return toIso(texts.DateTimeOriginal, texts.OffsetTimeOriginal) ?? toIso(texts.DateTimeDigitized, texts.OffsetTimeDigitized);
}

function xmpDate(view: DataView): string | undefined {
  const { xmp = {} } = ExifReader.loadView(view, { expanded: true, includeTags: { xmp: XMP_DATES } });
  const tags: Readonly<Record<string, { readonly description?: unknown }>> = xmp;
  return XMP_DATES.map((name) => toIso(toText(tags[name]), undefined)).find((date) => date !== undefined);
}

const DATE = /^(\d{4})[:/.-](\d{1,2})[:/.-](\d{1,2})/;
const TIME = /^[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)? ?([ap]\.?m\.?)? ?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

/** A date as cameras and programs write it: with a 12-hour clock, a zone in the text, or no time. */
function toIso(dateTime: string | undefined, offset: string | undefined): string | undefined {
  const date = DATE.exec(dateTime ?? '');
  if (!date) return undefined;
  const [year, month, day] = date.slice(1).map((part) => part.padStart(2, '0')) as [string, string, string];
  const rest = (dateTime as string).slice(date[0].length);
  const time = TIME.exec(rest);
  if (!time && /\d/.test(rest)) return undefined; // a time that cannot be read; a blank one is none
  const [hour = '0', minute = '00', second = '00', half, zone] = time?.slice(1) ?? [];
  const iso = `${year}-${month}-${day}T${to24Hours(Number(hour), half)}:${minute}:${second}`;
  // 31 February rolls over to March, and 0000 is what cameras with an empty clock write.
  if (!isRealTime(iso) || year < '1800') return undefined;
  return time ? `${iso}${toZone(zone ?? offset)}` : iso.slice(0, 10);
}

function to24Hours(hour: number, half: string | undefined): string {
  const isAfternoon = half?.toLowerCase().startsWith('p') === true;
  const hours = half === undefined || hour > 12 ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  return `${hours}`.padStart(2, '0');
}

function toZone(zone: string | undefined): string {
  if (zone?.toUpperCase() === 'Z') return 'Z';
  const match = /^([+-](?:0\d|1[0-4])):?([0-5]\d)$/.exec(zone ?? '');
  return match ? `${match[1]}:${match[2]}` : '';
}

function toCamera({ Make: make, Model: model }: Texts): string | undefined {
  const maker = make?.replace(/[\s,]+(?:corporation|corp|co|company|ltd|limited|inc|gmbh|ag)\b.*$/iu, '');
  if (model === undefined || maker === undefined) return model ?? maker;
  const firstWord = model.toLowerCase().split(' ')[0] as string; // "OLYMPUS IMAGING" makes the "OLYMPUS E-M1"
  return maker.toLowerCase().split(' ').includes(firstWord) ? model : `${maker} ${model}`;
}

/** Both or neither; 0, 0 is what a receiver without a fix writes. */
function toPlace(latitude: unknown, longitude: unknown): Pick<PhotoFacts, 'latitude' | 'longitude'> {
  const isPlace = isWithin(latitude, 90) && isWithin(longitude, 180) && !(latitude === 0 && longitude === 0);
  return isPlace ? { latitude, longitude } : { latitude: undefined, longitude: undefined };
}

function isWithin(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= limit;
}
