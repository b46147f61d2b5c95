import { LabelwiseError } from '../../errors.js';

/** A place in degrees north and east. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

const EARTH_KM = 6371;
const DEFAULT_KM = 10;

/**
 * @throws LabelwiseError `INVALID_ARGUMENT`
 * @example
 * parsePlace('48.1, 11.6') // { latitude: 48.1, longitude: 11.6 }
 */
export function parsePlace(text: string): Place {
  const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*[,; ]\s*([+-]?\d+(?:\.\d+)?)\s*$/.exec(text);
  const [latitude, longitude] = [Number(match?.[1]), Number(match?.[2])];
  if (Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) return { latitude, longitude };
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`near\` to be degrees north and east, got "${text}".`, {
    hint: 'For example: 48.1,11.6 for Munich. South and west are negative: -33.9,151.2.',
  });
}

/** Kilometres: "20km", "20 km", "20" or "500m". @throws LabelwiseError `INVALID_ARGUMENT` */
export function parseDistance(text: string | undefined): number {
  if (text === undefined) return DEFAULT_KM;
  const match = /^\s*(\d+(?:\.\d+)?)\s*(km|m)?\s*$/i.exec(text);
  const km = Number(match?.[1]) / (match?.[2]?.toLowerCase() === 'm' ? 1000 : 1);
  if (km > 0 && km <= 20_040) return km;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`within\` to be a distance such as 20km or 500m, got "${text}".`);
}

/** The condition that a row is within so many kilometres, on a sphere. A row without a place leaves it unknown. */
export function withinSql({ latitude, longitude }: Place, km: number): string {
  const half = (column: string, value: number): string => `power(sin(radians(${column} - (${value})) / 2), 2)`;
  const chord = `${half('latitude', latitude)} + cos(radians(${latitude})) * cos(radians(latitude)) * ${half('longitude', longitude)}`;
  return `${2 * EARTH_KM} * asin(sqrt(least(1.0, ${chord}))) <= ${km}`;
}
