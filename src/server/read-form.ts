import { RequestProblem } from './problem.js';

/** A file of a form. Its bytes are a view of the request's body. */
export interface FormFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The fields of a form, in the order of their first part; a field of several parts is a list. */
export type Form = Readonly<Record<string, string | FormFile | (string | FormFile)[]>>;

const MOST_PARTS = 1000;
const LONGEST_HEAD = 16 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/**
 * Reads multipart/form-data (RFC 7578) from a body in memory. Parts are views of the body: the platform's own parser copies each
 * byte into Blobs and takes milliseconds of a request's processor time.
 *
 * @throws RequestProblem 400
 */
export function readForm(body: Buffer, contentType: string): Form {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain ?? '';
  if (boundary === '' || boundary.length > 70) throw invalid('its Content-Type names no boundary');
  const fields = new Map<string, (string | FormFile)[]>();
  let count = 0;
  for (const part of partsOf(body, `--${boundary}`)) {
    if (++count > MOST_PARTS) throw invalid(`it has more than ${MOST_PARTS} parts`);
    const { field, value } = readPart(part);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return Object.fromEntries([...fields].map(([field, values]) => [field, values.length === 1 ? (values[0] as string | FormFile) : values]));
}

/** What lies between the delimiters. */
function* partsOf(body: Buffer, delimiter: string): Generator<Buffer> {
  const inner = Buffer.from(`\r\n${delimiter}`);
  let at = body.subarray(0, delimiter.length).equals(inner.subarray(2)) ? delimiter.length : after(body.indexOf(inner), inner.length);
  for (;;) {
    if (body[at] === 0x2d && body[at + 1] === 0x2d) return; // --, the end
    if (body[at] !== 0x0d || body[at + 1] !== 0x0a) throw invalid('a delimiter is followed by something else than a line');
    const end = body.indexOf(inner, at); // a part without head and body is possible: its own line ends at the delimiter
    if (end < 0) throw invalid('it is cut short');
    yield body.subarray(at + 2, end);
    at = end + inner.length;
  }
}

function after(found: number, length: number): number {
  if (found < 0) throw invalid('it has no parts');
  return found + length;
}

function readPart(part: Buffer): { readonly field: string; readonly value: string | FormFile } {
  const end = part.indexOf(HEAD_END);
  if (end < 0 || end > LONGEST_HEAD) throw invalid('a part has no head');
  const head = part.toString('utf8', 0, end).split('\r\n'); // and at nothing else: names may hold U+2028, a line end for regular expressions
  const valueIn = (name: RegExp): string | undefined => head.find((line) => name.test(line))?.replace(name, '');
  const disposition = valueIn(/^content-disposition:[ \t]*form-data[ \t]*;/i);
  const field = disposition === undefined ? undefined : parameter(disposition, 'name');
  if (disposition === undefined || field === undefined) throw invalid('a part has no name');
  const encoding = valueIn(/^content-transfer-encoding:/i) ?? 'binary';
  if (!['7bit', '8bit', 'binary'].includes(encoding.trim().toLowerCase()))
    throw invalid('a part has a Content-Transfer-Encoding, which forms of HTTP do not use');
  const bytes = part.subarray(end + HEAD_END.length);
  const name = parameter(disposition, 'filename');
  return { field, value: name === undefined ? bytes.toString('utf8') : { name, bytes } };
}

/** Browsers write quotes and line ends in names as %22, %0D and %0A. */
function parameter(disposition: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`(?:^|;)[ \\t]*${name}=(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(disposition) ?? [];
  return (quoted ?? plain)?.replace(/%(?:22|0D|0A)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
}

const invalid = (why: string): RequestProblem =>
  new RequestProblem(400, 'REQUEST_INVALID', `Expected a multipart form, got one that cannot be read: ${why}.`);
