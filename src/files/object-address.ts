import { resolve } from 'node:path';
import { LabelwiseError } from '../errors.js';

/** Whether a text is the address of an object store that labelwise can use: `s3://bucket/path`, `gs://bucket/path`, `az://container/path`. */
export const isObjectAddress = (text: string): boolean => /^(?:s3|gs|az):\/\//i.test(text);

/** A path from `cwd` on, or an address as it is. @throws LabelwiseError `INVALID_ARGUMENT` for an odd address */
export const resolvePlace = (cwd: string, place: string): string =>
  isObjectAddress(place) ? toAddress(parseObjectAddress(place, 'a folder')) : resolve(cwd, place);

/** The same for one image, whose key may be anything. */
export const resolveImage = (cwd: string, path: string): string => (isObjectAddress(path) ? path : resolve(cwd, path));

/** A place in an object store. */
export interface ObjectAddress {
  readonly scheme: 's3' | 'gs' | 'az';
  readonly bucket: string;
  /** Without a slash at either end; empty for the whole bucket. */
  readonly prefix: string;
}

/** @throws LabelwiseError `INVALID_ARGUMENT` for an address that two stores would read as two places; `option` names the one at fault */
export function parseObjectAddress(address: string, option: string): ObjectAddress {
  const [, scheme, bucket = '', path = ''] = /^(s3|gs|az):\/\/([^/]*)(?:\/(.*))?$/is.exec(address) ?? [];
  const refuse = (expected: string): never => {
    throw new LabelwiseError('INVALID_ARGUMENT', `Expected ${option} to be ${expected}, got ${JSON.stringify(withoutKeys(address))}.`, {
      hint: 'Write s3://BUCKET/PATH.',
    });
  };
  if (scheme === undefined || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(bucket)) refuse('an address with the name of a bucket');
  const prefix = path.replace(/\/$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\x00-\x1f\x7f\\?#%]/.test(prefix)) refuse('an address without control characters, "\\", "?", "#" and "%"');
  if (prefix !== '' && prefix.split('/').some((part) => ['', '.', '..'].includes(part)))
    refuse('an address without empty parts, "." and ".."');
  return { scheme: (scheme as string).toLowerCase() as ObjectAddress['scheme'], bucket, prefix };
}

/** An address for messages: some programs take the keys of a store in it, and they are not to be printed. */
export const withoutKeys = (address: string): string => address.replace(/\/\/.*@/s, '//...@');

export const toAddress = ({ scheme, bucket, prefix }: ObjectAddress): string => `${scheme}://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
