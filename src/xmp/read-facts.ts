import type { PhotoFacts } from '../core/collection.js';
import { toIsoDate } from '../images/photo-dates.js';
import { datedBy, MAX_CAPTION, NO_PHOTO_FACTS, toCamera, toFactText, toPlace, toRating } from '../images/read-photo-facts.js';
import { DUBLIN_CORE, RDF } from './namespaces.js';
import { foreignKeywords } from './plan-lists.js';
import { attributesOf, readSidecar, type Sidecar } from './read-sidecar.js';

const EXIF = 'http://ns.adobe.com/exif/1.0/';
const PHOTOSHOP = 'http://ns.adobe.com/photoshop/1.0/';
const XMP = 'http://ns.adobe.com/xap/1.0/';
const TIFF = 'http://ns.adobe.com/tiff/1.0/';
/** When the photo was taken first. */
const DATES = [
  [EXIF, 'DateTimeOriginal'],
  [PHOTOSHOP, 'DateCreated'],
  [EXIF, 'DateTimeDigitized'],
  [XMP, 'CreateDate'],
] as const;

/** What a sidecar says of the photo, without the keywords of labelwise. One that cannot be read says nothing. */
export function readSidecarFacts(text: string): PhotoFacts {
  let sidecar: Sidecar;
  try {
    sidecar = readSidecar(text);
    return { ...NO_PHOTO_FACTS, ...factsOf(sidecar) };
  } catch {
    return NO_PHOTO_FACTS;
  }
}

function factsOf(sidecar: Sidecar): Partial<PhotoFacts> {
  const value = (uri: string, local: string, most?: number): string | undefined => toFactText(textOf(sidecar, uri, local), most);
  const takenAt = DATES.map(([uri, local]) => toIsoDate(value(uri, local))).find((date) => date !== undefined);
  return {
    ...datedBy('xmp', takenAt),
    camera: toCamera(value(TIFF, 'Make'), value(TIFF, 'Model')),
    ...toPlace(toDegrees(value(EXIF, 'GPSLatitude')), toDegrees(value(EXIF, 'GPSLongitude'))),
    keywords: foreignKeywords(sidecar).flatMap((keyword) => toFactText(keyword) ?? []),
    rating: toRating(value(XMP, 'Rating')),
    title: value(DUBLIN_CORE, 'title'),
    caption: value(DUBLIN_CORE, 'description', MAX_CAPTION),
  };
}

/** The text of a property; of one in several languages, the first. */
function textOf({ descriptions }: Sidecar, uri: string, local: string): string | undefined {
  for (const description of descriptions) {
    const attribute = attributesOf(description).find((one) => one.uri === uri && one.local === local);
    if (attribute) return attribute.value;
    const element = description.children.find((one) => one.uri === uri && one.local === local);
    if (element) return element.children.find((child) => child.uri === RDF)?.children[0]?.text ?? element.text;
  }
  return undefined;
}

/** "48,6.0N", "11,36,30E" or "48.1", in degrees. */
function toDegrees(text: string | undefined): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])?$/i.exec(text ?? '');
  if (!match) return undefined;
  const [, degrees, minutes = '0', seconds = '0', side = ''] = match;
  const value = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600;
  return /[SW]/i.test(side) ? -value : value;
}
