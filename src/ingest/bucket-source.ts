import { createHash } from 'node:crypto';
import type { S3ServiceException } from '@aws-sdk/client-s3';
import ignore from 'ignore';
import { LabelwiseError, messageOf, throwIfAborted } from '../errors.js';
import { collectBytes } from '../files/collect-bytes.js';
import type { FileFault } from '../files/file-fault.js';
import { isForeignName, kindOfName } from '../files/image-names.js';
import type { LeftOutFile } from '../files/left-out.js';
import { type ObjectAddress, parseObjectAddress, toAddress } from '../files/object-address.js';
import { toText } from '../files/read-regular-file.js';
import { tooManyBytes } from '../images/read-image.js';
import { toFaultOf } from '../store/objects/object-fault.js';
import type { StorageOptions } from '../store/objects/storage-options.js';
import type { FileStamp } from './file-stamp.js';
import { type OpenedS3, openS3Client } from './open-s3-client.js';
import type { ReadFile } from './read-file.js';
import type { SidecarText, Source } from './source.js';
import type { WalkedFile } from './walked-file.js';

/** Buckets of an object store. A picture's path is its address, and its stamp has what the store says of it: size, time and ETag. */
export async function openBucketSource(options: StorageOptions | undefined): Promise<Source> {
  const opened = await openS3Client(options);
  return {
    find: (root) => findRoot(root, opened),
    async *walk(root, { exclude = [], only, signal, onLeftOut, onSidecar }) {
      const address = parseRoot(root);
      const excluded = ignore().add([...exclude]);
      for await (const { key, stamp } of listObjects(address, opened, signal)) {
        const path = toAddress({ ...address, prefix: key });
        if (/\.xmp$/i.test(key)) onSidecar?.({ path, changedAt: toChangedAt(stamp) });
        if (only?.has(path) === false) continue;
        const reason = whyLeftOut(key.slice(address.prefix === '' ? 0 : address.prefix.length + 1), excluded);
        if (reason === undefined) yield { path, bytesPath: Buffer.from(path), ...stamp };
        else if (reason !== 'none') onLeftOut?.({ path, reason });
      }
    },
    look: (path) => lookAt(path, opened),
    read: (file, maxImageBytes) => readObject(file, maxImageBytes, opened),
    readSidecar: (path, maxBytes) => readSidecar(path, maxBytes, opened),
  };
}

function parseRoot(root: string): ObjectAddress {
  const address = parseObjectAddress(root, 'a folder of images');
  if (address.scheme === 's3') return address;
  throw new LabelwiseError('INVALID_ARGUMENT', `Pictures are read from s3:// alone, got ${root}.`, {
    hint: 'Google Cloud Storage also answers as S3, at the endpoint https://storage.googleapis.com with HMAC keys.',
  });
}

/** Everything that a key holds after the bucket; keys may be anything, so it is not checked as an address is. */
function toKey(path: string): { readonly Bucket: string; readonly Key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(path) ?? [];
  return { Bucket: bucket, Key: key };
}

async function findRoot(root: string, { client, sdk }: OpenedS3): Promise<object | LabelwiseError> {
  const address = parseRoot(root);
  try {
    const { Contents = [] } = await client.send(new sdk.ListObjectsV2Command({ ...placeOf(address), MaxKeys: 1 })); // not every store counts keys
    if (Contents.length > 0) return {};
    return new LabelwiseError('INPUT_NOT_FOUND', `There are no objects below ${root}.`, {
      hint: 'Check the spelling. Its images stay in the index until "labelwise index --forget ADDRESS" removes them.',
    });
  } catch (cause) {
    return inputError(`The objects below ${root} cannot be listed`, cause);
  }
}

const placeOf = ({ bucket, prefix }: ObjectAddress) => ({ Bucket: bucket, Prefix: prefix === '' ? '' : `${prefix}/` });

/** All objects, in the order of their keys. A listing that fails half-way throws: what it did not name may still be there. */
async function* listObjects(
  address: ObjectAddress,
  { client, sdk }: OpenedS3,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly key: string; readonly stamp: FileStamp }> {
  let token: string | undefined;
  do {
    throwIfAborted(signal);
    const page = await client
      .send(new sdk.ListObjectsV2Command({ ...placeOf(address), ...(token === undefined ? {} : { ContinuationToken: token }) }))
      .catch((cause: unknown) => {
        throw inputError(`The objects below ${toAddress(address)} cannot be listed`, cause);
      });
    for (const { Key: key = '', Size, LastModified, ETag } of page.Contents ?? [])
      if (!key.endsWith('/')) yield { key, stamp: toStamp({ Size, LastModified, ETag }) };
    const next = page.IsTruncated === true ? (page.NextContinuationToken ?? '') : undefined;
    if (next === '' || (next !== undefined && next === token))
      throw inputError(
        `The objects below ${toAddress(address)} cannot be listed`,
        new Error('the store said that there are more, and not where'),
      );
    token = next;
  } while (token !== undefined);
}

interface Stated {
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
}

/** The ETag names the content of an object, or at least its upload; it takes the place of an inode. */
const toStamp = ({ Size = 0, LastModified, ETag = '' }: Stated): FileStamp => ({
  size: Size,
  mtime: LastModified === undefined ? 0 : Math.floor(LastModified.getTime() / 1000) * 1000, // a listing has milliseconds that a read lacks
  ctime: 0,
  inode: Number.parseInt(createHash('sha256').update(ETag.replaceAll('"', '')).digest('hex').slice(0, 13), 16),
});

const toChangedAt = ({ mtime, inode }: FileStamp): string => `${mtime}-${inode}`;

/** The rules of folders, but for ignore files: a bucket's are not read. `none`: it is not worth a word. */
function whyLeftOut(relative: string, excluded: ReturnType<typeof ignore>): LeftOutFile['reason'] | 'none' | undefined {
  const parts = relative.split('/');
  const kind = kindOfName(relative);
  if (parts.some(isForeignName) || (isPlain(relative) && excluded.ignores(relative))) return 'excluded';
  if (parts.some((part) => part.startsWith('.'))) return kind === 'other' ? 'none' : 'hidden';
  return kind === 'image' ? undefined : kind;
}

/** A key such as `a//b` or `../a` is no path, and no pattern is meant for it. */
const isPlain = (relative: string): boolean => relative.split('/').every((part) => !['', '.', '..'].includes(part));

async function lookAt(path: string, { client, sdk }: OpenedS3): Promise<WalkedFile> {
  const file = { path, bytesPath: Buffer.from(path) };
  try {
    const { ContentLength, LastModified, ETag } = await client.send(new sdk.HeadObjectCommand(toKey(path)));
    return { ...file, ...toStamp({ Size: ContentLength, LastModified, ETag }) };
  } catch (cause) {
    return { ...file, ...toStamp({}), fault: toObjectFileFault(path, cause) };
  }
}

/** The stamp comes with the bytes: an object that was replaced since it was listed is read as it is now. */
async function readObject(file: WalkedFile, maxImageBytes: number, { client, sdk }: OpenedS3): Promise<ReadFile> {
  const seen = { file, stamp: file, checkedAt: Date.now() };
  if (file.fault) return { ...seen, fault: file.fault };
  const tooLarge = tooManyBytes('this object', { maxImageBytes });
  if (file.size > maxImageBytes) return { ...seen, fault: { kind: 'lasting', error: tooLarge(file.size) } };
  try {
    const { Body, ContentLength, LastModified, ETag } = await client.send(new sdk.GetObjectCommand(toKey(file.path)));
    const stub = { ...seen, stamp: toStamp({ Size: ContentLength, LastModified, ETag }) };
    const pieces = Body as unknown as AsyncIterable<Uint8Array>;
    const bytes = await collectBytes(pieces, { maxBytes: maxImageBytes, tooLarge });
    return { ...stub, bytes, contentHash: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    return { ...seen, fault: cause instanceof LabelwiseError ? { kind: 'lasting', error: cause } : toObjectFileFault(file.path, cause) };
  }
}

/** One that is too large says nothing, as in a folder. @throws what the store answers other than that there is none */
async function readSidecar(path: string, maxBytes: number, { client, sdk }: OpenedS3): Promise<SidecarText | undefined> {
  try {
    const { Body, ContentLength, LastModified, ETag } = await client.send(new sdk.GetObjectCommand(toKey(path)));
    const changedAt = toChangedAt(toStamp({ Size: ContentLength, LastModified, ETag }));
    const pieces = Body as unknown as AsyncIterable<Uint8Array>;
    const bytes = await collectBytes(pieces, { maxBytes, tooLarge: tooManyBytes('this sidecar', { maxImageBytes: maxBytes }) }).catch(
      (error: unknown) => {
        if (error instanceof LabelwiseError) return Buffer.alloc(0);
        throw error;
      },
    );
    return { text: toText(bytes), changedAt };
  } catch (cause) {
    if ((cause as S3ServiceException).$metadata?.httpStatusCode === 404) return undefined;
    throw cause;
  }
}

/** An object that is archived or denied stays so until somebody changes that; all else passes. */
function toObjectFileFault(path: string, cause: unknown): FileFault {
  const { name, $metadata } = cause as S3ServiceException;
  const status = $metadata?.httpStatusCode;
  if (status === 404) {
    const error = new LabelwiseError('INPUT_NOT_FOUND', `The object ${path} no longer exists.`, { cause });
    return { kind: name === 'NoSuchBucket' ? 'passing' : 'gone', error };
  }
  const isLasting = name === 'InvalidObjectState' || name === 'AccessDenied' || (status === 403 && name === '403');
  return { kind: isLasting ? 'lasting' : 'passing', error: inputError(`The object ${path} cannot be read`, cause) };
}

function inputError(subject: string, cause: unknown): LabelwiseError {
  const { name = '', $metadata } = cause as Partial<S3ServiceException>;
  const fault = toFaultOf(`${name} ${$metadata?.httpStatusCode ?? ''} ${messageOf(cause)}`);
  return new LabelwiseError('INPUT_UNREADABLE', `${subject}: ${fault?.message ?? messageOf(cause)}.`, {
    hint: fault?.hint ?? 'Check the address and the endpoint, then run the same command again.',
    cause,
  });
}
