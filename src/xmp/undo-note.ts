import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LABELWISE } from './namespaces.js';
import { parseXml, type XmlElement } from './parse-xml.js';

/**
 * Where taking our keywords out again would not give the very bytes that were there before (an attribute became a list, an empty list was
 * filled), the sidecar keeps them in this property: where they differ, and what stood there. It counts only while nobody else has changed
 * the sidecar since, so it carries a hash of the rest.
 */
const LOCAL = 'undo';

/** What a sidecar held before our first export, as far as it tells; without the note of it in any case. */
export interface TakenBack {
  readonly text: string;
  /** The very bytes from before. */
  readonly isOriginal: boolean;
}

/** Adds the note that leads from `merged` back to `original`: after our own property, in the same words and blanks. */
export function addUndoNote(merged: string, original: string): string {
  const beside = findNotes(merged).find(({ local }) => local !== LOCAL);
  if (!beside) return merged;
  const tag = `${beside.prefix}:${LOCAL}`;
  const gap = /\s*$/.exec(merged.slice(0, beside.start))?.[0] ?? '';
  const declared = beside.attributes.find(({ name, value }) => name === `xmlns:${beside.prefix}` && value === LABELWISE);
  const scope = declared ? ` xmlns:${beside.prefix}="${LABELWISE}"` : '';
  return `${merged.slice(0, beside.end)}${gap}<${tag}${scope}>${encodeUndo(merged, original)}</${tag}>${merged.slice(beside.end)}`;
}

/** The sidecar before our exports, or without the note where it no longer applies. */
export function takeBack(text: string): TakenBack {
  if (!text.includes(`:${LOCAL}`)) return { text, isOriginal: false };
  const note = findNotes(text).find(({ local }) => local === LOCAL);
  if (!note) return { text, isOriginal: false };
  const rest = text.slice(0, note.start).replace(/\s*$/, '') + text.slice(note.end);
  const original = decodeUndo(rest, note.text);
  return original === undefined ? { text: rest, isOriginal: false } : { text: original, isOriginal: true };
}

function findNotes(text: string): XmlElement[] {
  try {
    const collect = (element: XmlElement): XmlElement[] => [
      ...(element.uri === LABELWISE ? [element] : []),
      ...element.children.flatMap(collect),
    ];
    return collect(parseXml(text));
  } catch {
    return []; // whoever edits the sidecar says why it cannot be read
  }
}

/** The bytes of `original` between what it shares with `now` at both ends. Compressed with `now` as its dictionary, it is mostly a few bytes. */
function encodeUndo(now: string, original: string): string {
  const [a, b] = [Buffer.from(now), Buffer.from(original)];
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const packed = deflateRawSync(b.subarray(head, b.length - tail), { dictionary: dictionaryOf(a, head) });
  return `${head} ${tail} ${hashOf(a)} ${packed.toString('base64')}`;
}

function decodeUndo(now: string, note: string): string | undefined {
  const [head, tail, hash, packed] = note.trim().split(' ');
  const bytes = Buffer.from(now);
  if (packed === undefined || hash !== hashOf(bytes)) return undefined;
  try {
    const middle = inflateRawSync(Buffer.from(packed, 'base64'), {
      dictionary: dictionaryOf(bytes, Number(head)),
      maxOutputLength: 2 ** 26,
    });
    return Buffer.concat([bytes.subarray(0, Number(head)), middle, bytes.subarray(bytes.length - Number(tail))]).toString();
  } catch {
    return undefined;
  }
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Deflate looks back 32 KiB at most: those from where the two begin to differ. */
const dictionaryOf = (bytes: Buffer, from: number): Buffer => Buffer.concat([Buffer.from('<rdf:li>'), bytes.subarray(from, from + 32_000)]);
