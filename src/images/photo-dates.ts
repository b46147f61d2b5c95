import { isRealTime } from '../core/is-real-time.js';

const DATE = /^(\d{4})[:/.-](\d{1,2})[:/.-](\d{1,2})/;
const TIME = /^[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)? ?([ap]\.?m\.?)? ?(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/i;

/** A date as cameras and programs write it: with a 12-hour clock, a zone in the text, or no time. */
export function toIsoDate(dateTime: string | undefined, offset?: string): string | undefined {
  const date = DATE.exec(dateTime ?? '');
  if (!date) return undefined;
  const [year, month, day] = date.slice(1).map((part) => part.padStart(2, '0')) as [string, string, string];
  const rest = (dateTime as string).slice(date[0].length);
  const time = TIME.exec(rest);
  if (!time && /\d/.test(rest)) return undefined; // a time that cannot be read; a blank one is none
  const [hour = '0', minute = '00', second = '00', half, zone] = time?.slice(1) ?? [];
  const iso = `${year}-${month}-${day}T${to24Hours(Number(hour), half)}:${minute}:${second}`;
  if (iso === '1904-01-01T00:00:00') return undefined; // where QuickTime's clock begins: programs write it for "unknown"
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

/** Digits of a date with or without separators, then, if they follow, those of a time; no digit before or after. */
const NAMED =
  /(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?:[-_ T.]+(?:at )?([01]\d|2[0-3])([-_.:h]?)([0-5]\d)\6([0-5]\d)\d{0,3})?(?!\d)/;

/** The date in a file's name, as phones and messengers name photos: IMG_20240601_143000.jpg, 2024-06-01 14.30.00.jpg, IMG-20240601-WA0001.jpg. */
export function dateInName(name: string): string | undefined {
  const match = NAMED.exec(name);
  if (!match) return undefined;
  const [, year, , month, day, hour, , minute, second] = match;
  const date = `${year}-${month}-${day}`;
  const iso = hour === undefined ? date : `${date}T${hour}:${minute}:${second}`;
  return isRealTime(hour === undefined ? `${date}T00:00:00` : iso) ? iso : undefined;
}
