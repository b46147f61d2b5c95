import type { Context } from 'hono';
import type { AppEnv } from './app.js';
import { RequestProblem } from './problem.js';
import { type Form, readForm } from './read-form.js';

/** An image as a client sends it. */
export interface SentImage {
  readonly bytes: Uint8Array;
  /** What answers call it: its place in the request, or the file name that the client gave. */
  readonly name: string;
}

/** An image that a request holds as text: base64, a data URL, or an address. */
export interface NamedImage {
  readonly text: string;
  readonly name: string;
}

/** @throws RequestProblem 413 */
export function refuseTooMany(count: number, most: number): void {
  if (count > most)
    throw new RequestProblem(413, 'TOO_MANY_IMAGES', `Expected at most ${most} images in one request, got ${count}.`, {
      hint: 'Send several requests; they share batches.',
    });
}

/** The bytes of base64, with or without the head of a data URL. Addresses are refused: the service fetches none unless it is told to. */
export function toImageBytes(text: string, name: string): SentImage {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw new RequestProblem(400, 'URL_REFUSED', `Expected ${name} as base64 or a data URL, got an address.`, {
      hint: 'This service fetches no addresses. Send the bytes of the image.',
    });
  const data = /^data:[^,]*,/i.exec(text.slice(0, 200));
  if (data && !/;base64,$/i.test(data[0])) throw notBase64(name);
  const base64 = text.slice(data?.[0].length ?? 0).replace(/\s+/g, '');
  if (base64 === '' || base64.length % 4 === 1 || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64)) throw notBase64(name);
  return { bytes: Buffer.from(base64, 'base64'), name };
}

const notBase64 = (name: string): RequestProblem =>
  new RequestProblem(400, 'BASE64_INVALID', `Expected ${name} to be base64 or a data URL with base64, got something else.`);

/** The files of a form under a name. @throws RequestProblem 400 where a part is not a file */
export function filesOf(form: Form, field: string): SentImage[] {
  return [form[field] ?? []].flat().map((part, i) => {
    if (typeof part === 'string')
      throw new RequestProblem(400, 'REQUEST_INVALID', `Expected \`${field}\` to be a file, got a text field.`, {
        hint: `With curl: -F ${field}=@photo.jpg`,
      });
    return { bytes: part.bytes, name: part.name || `${field} ${i + 1}` };
  });
}

/** The form of a request. @throws RequestProblem 400 or 415 */
export function formOf({ req, var: { body } }: Context<AppEnv>): Form {
  const type = req.header('content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type))
    throw new RequestProblem(415, 'REQUEST_INVALID', `Expected application/json or multipart/form-data, got ${type || 'no content type'}.`);
  return readForm(body, type);
}
