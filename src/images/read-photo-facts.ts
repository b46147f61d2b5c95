import ExifReader from 'exifreader';
import type { PhotoFacts, TakenAtSource } from '../core/collection.js';
import { toIsoDate } from './photo-dates.js';

export const NO_PHOTO_FACTS: PhotoFacts = {
  takenAt: undefined,
  takenAtSource: undefined,
  camera: undefined,
  latitude: undefined,
  longitude: undefined,
  keywords: [],
  rating: undefined,
  title: undefined,
  caption: undefined,
};

type TextTag = 'Make' | 'Model' | 'DateTimeOriginal' | 'DateTimeDigitized' | 'OffsetTimeOriginal' | 'OffsetTimeDigitized';
const TEXT_TAGS: TextTag[] = ['Make', 'Model', 'DateTimeOriginal', 'DateTimeDigitized', 'OffsetTimeOriginal', 'OffsetTimeDigitized'];
/** Dates in XMP, by their names without the prefix: when the photo was taken first. */
const XMP_DATES = ['DateTimeOriginal', 'DateCreated', 'DateTimeDigitized', 'CreateDate'];
/** Lists of keywords in XMP; in those of hierarchies, "|" separates what others separate by "/". */
const XMP_KEYWORDS = ['subject', 'hierarchicalSubject', 'TagsList', 'LastKeywordXMP'];
const XMP_TAGS = [...XMP_DATES, ...XMP_KEYWORDS, 'Rating', 'title', 'description', 'Make', 'Model'];
const IPTC_TAGS = ['Keywords', 'Date Created', 'Time Created', 'Object Name', 'Caption/Abstract'];
/** What ExifReader puts in the place of a value that it cannot read. */
const FAULTY = '<faulty value>';
type Texts = Partial<Record<TextTag, string>>;
type Tag = { readonly description?: unknown; readonly value?: unknown };
type Tags = Readonly<Record<string, Tag | readonly Tag[] | undefined>>;

/**
 * Reads what the EXIF, XMP and IPTC parts of an encoded image (JPEG, PNG, WebP, TIFF, AVIF, HEIC) say of the photo. EXIF counts first, then
 * XMP. Broken parts have no facts; nothing is thrown.
 */
export function readPhotoFacts(bytes: Uint8Array): PhotoFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!hasMetadata(view)) return NO_PHOTO_FACTS;
  return joinFacts(readPart(view, readExif), readPart(view, readXmp), readPart(view, readIptc));
}

/** Whether there is any metadata: most pictures off the web have none, and are not looked through three times. */
function hasMetadata(view: DataView): boolean {
  try {
    ExifReader.loadView(view, { expanded: true, includeTags: { exif: TEXT_TAGS, gps: true, xmp: XMP_TAGS, iptc: IPTC_TAGS } });
    return true;
  } catch (error) {
    return !(error instanceof Error && error.name === 'MetadataMissingError');
  }
}

/** The facts of several sources: of each fact, the first that says it; all keywords. */
export function joinFacts(...sources: readonly PhotoFacts[]): PhotoFacts {
  const first = <K extends keyof PhotoFacts>(key: K): PhotoFacts[K] | undefined =>
    sources.find((source) => source[key] !== undefined)?.[key];
  const dated = sources.find(({ takenAt }) => takenAt !== undefined);
  const placed = sources.find(({ latitude }) => latitude !== undefined);
  return {
    takenAt: dated?.takenAt,
    takenAtSource: dated?.takenAtSource,
    camera: first('camera'),
    latitude: placed?.latitude,
    longitude: placed?.longitude,
    keywords: [...new Set(sources.flatMap(({ keywords }) => keywords))].slice(0, MAX_KEYWORDS),
    rating: first('rating'),
    title: first('title'),
    caption: first('caption'),
  };
}

/** A file may claim anything. */
const MAX_KEYWORDS = 500;
export const MAX_CAPTION = 2000;

/** ExifReader throws where a file has no metadata, or none that it can read: the picture itself may well be whole. */
function readPart(view: DataView, read: (view: DataView) => Partial<PhotoFacts>): PhotoFacts {
  try {
    return { ...NO_PHOTO_FACTS, ...read(view) };
  } catch {
    return NO_PHOTO_FACTS;
  }
}

function readExif(view: DataView): Partial<PhotoFacts> {
  const { exif = {}, gps } = ExifReader.loadView(view, { expanded: true, includeTags: { exif: TEXT_TAGS, gps: true } });
  const texts: Texts = {};
  for (const tag of TEXT_TAGS) {
    const text = toText(exif[tag]);
    if (text !== undefined) texts[tag] = text;
  }
  return { ...datedBy('exif', toTakenAt(texts)), camera: toCamera(texts.Make, texts.Model), ...toPlace(gps?.Latitude, gps?.Longitude) };
}

function readXmp(view: DataView): Partial<PhotoFacts> {
  const { xmp = {} } = ExifReader.loadView(view, { expanded: true, includeTags: { xmp: XMP_TAGS } });
  const tags = xmp as unknown as Tags;
  const text = (name: string): string | undefined => toText(tags[name] as Tag | undefined);
  const date = XMP_DATES.map((name) => toIsoDate(text(name))).find((found) => found !== undefined);
  const keywords = XMP_KEYWORDS.flatMap((name) =>
    toTexts(tags[name]).map((keyword) => (name === 'subject' ? keyword : toPathKeyword(keyword))),
  );
  const facts = {
    keywords,
    rating: toRating(text('Rating')),
    title: text('title'),
    caption: toText(tags.description as Tag | undefined, MAX_CAPTION),
  };
  return { ...datedBy('xmp', date), ...facts, camera: toCamera(text('Make'), text('Model')) };
}

function readIptc(view: DataView): Partial<PhotoFacts> {
  const { iptc = {} } = ExifReader.loadView(view, { expanded: true, includeTags: { iptc: IPTC_TAGS } });
  const tags = iptc as unknown as Tags;
  const [date, time] = ['Date Created', 'Time Created'].map((name) => toText(tags[name] as Tag | undefined));
  const takenAt = toIsoDate(time === undefined ? date : `${date} ${time}`) ?? toIsoDate(date);
  const title = toText(tags['Object Name'] as Tag | undefined);
  const caption = toText(tags['Caption/Abstract'] as Tag | undefined, MAX_CAPTION);
  return { ...datedBy('iptc', takenAt), keywords: toTexts(tags.Keywords), title, caption };
}

export const datedBy = (source: TakenAtSource, takenAt: string | undefined): Pick<PhotoFacts, 'takenAt' | 'takenAtSource'> => ({
  takenAt,
  takenAtSource: takenAt === undefined ? undefined : source,
});

/** The levels of a keyword, with "/" between them. */
export const toPathKeyword = (keyword: string): string => keyword.replaceAll('|', '/');

/** -1 (rejected) to 5. */
export function toRating(text: string | undefined): number | undefined {
  const rating = text === undefined || text.trim() === '' ? Number.NaN : Math.round(Number(text));
  return rating >= -1 && rating <= 5 ? rating : undefined;
}

/** The texts of a list, in whichever form ExifReader gives it. */
function toTexts(tag: Tag | readonly Tag[] | undefined): string[] {
  const items = Array.isArray(tag) ? tag : Array.isArray((tag as Tag | undefined)?.value) ? (tag as { value: Tag[] }).value : [tag];
  return items.flatMap((item: Tag | undefined) => {
    const value = typeof item?.description === 'string' ? item.description : item?.value;
    return toText({ description: value }) ?? [];
  });
}

const toText = (tag: { readonly description?: unknown } | undefined, most?: number): string | undefined =>
  toFactText(tag?.description, most);

/** A text without NULs and control characters; cameras pad theirs. At most 100 characters, or `most`: a file may claim anything. */
export function toFactText(value: unknown, most = 100): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value
    .slice(0, 4 * most)
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim()
    .slice(0, most);
  return text === '' || text === FAULTY ? undefined : text;
}

/** When the shutter opened, else when the picture was digitised. When the file was last changed says nothing of the photo. */
function toTakenAt(texts: Texts): string | undefined {
  return toIsoDate(texts.DateTimeOriginal, texts.OffsetTimeOriginal) ?? toIsoDate(texts.DateTimeDigitized, texts.OffsetTimeDigitized);
}

/** Maker and model, the maker once. */
export function toCamera(make: string | undefined, model: string | undefined): string | undefined {
  const maker = make?.replace(/[\s,]+(?:corporation|corp|co|company|ltd|limited|inc|gmbh|ag)\b.*$/iu, '');
  if (model === undefined || maker === undefined) return model ?? maker;
  const firstWord = model.toLowerCase().split(' ')[0] as string; // "OLYMPUS IMAGING" makes the "OLYMPUS E-M1"
  return maker.toLowerCase().split(' ').includes(firstWord) ? model : `${maker} ${model}`;
}

/** Both or neither; 0, 0 is what a receiver without a fix writes. */
export function toPlace(latitude: unknown, longitude: unknown): Pick<PhotoFacts, 'latitude' | 'longitude'> {
  const isPlace = isWithin(latitude, 90) && isWithin(longitude, 180) && !(latitude === 0 && longitude === 0);
  return isPlace ? { latitude, longitude } : { latitude: undefined, longitude: undefined };
}

function isWithin(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= limit;
}
