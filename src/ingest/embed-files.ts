import type { PhotoFacts } from '../core/collection.js';
import type { ImageEncoder, ImageOutcome } from '../core/ports.js';
import { LabelwiseError } from '../errors.js';
import type { FileFault } from '../files/file-fault.js';
import { mapAhead } from '../files/map-ahead.js';
import { readAppleNote } from '../images/apple-note.js';
import { imageFormatOf } from '../images/image-format.js';
import { readPhotoFacts } from '../images/read-photo-facts.js';
import type { ImageRow } from '../store/image-table-schema.js';
import { isApple, type ReadShot } from './join-shots.js';
import { createSidecarReader, toFilesText, toKeywordText, toPhotoFacts } from './photo-facts.js';
import type { ReadFile, ReadStub } from './read-file.js';
import { FOLDERS, type Sources } from './source.js';
import type { WalkedFile } from './walked-file.js';

/** How a row came to be: its picture was encoded, its bytes were known, or it could not be used. */
export type MadeBy = 'encoded' | 'known' | 'failed';

export interface EmbedFilesOptions {
  readonly encoder: Pick<ImageEncoder, 'encodeImages'>;
  readonly maxImageBytes: number;
  /** Embed the crops of each picture too. */
  readonly withCrops: boolean;
  /** Contents that have an embedding in the index; those that are encoded are added. */
  readonly knownHashes: Set<string>;
  /** Rows with embeddings, of any path, by content hash. */
  readonly imagesOf: (contentHashes: readonly string[]) => Promise<ReadonlyMap<string, ImageRow>>;
  /** Takes each row when it is made; reading and encoding wait for it. */
  readonly onRow: (row: ImageRow, by: MadeBy) => Promise<void>;
  /** Takes a file that makes no row: it went since it was seen, or its disk or network fails. What it throws ends the reading. */
  readonly onSkipped: (path: string, fault: FileFault) => Promise<void>;
  /** Whether a photo is no picture of its own but a further file of another: it makes no row. */
  readonly isFurther?: ((shot: ReadShot) => Promise<boolean>) | undefined;
  /** Where the bytes of a file come from; folders by default. */
  readonly sources?: Sources | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Files that are read ahead, and how many at once: their bytes wait in memory. */
const READ = { ahead: 8, atOnce: 4 };
/** Known pictures are looked up so many at a time. */
const LOOKUP = 256;

/** Makes the rows of files: each content is decoded and encoded once, whatever its names; the next files are read meanwhile. */
export async function embedFiles(files: readonly WalkedFile[], options: EmbedFilesOptions): Promise<void> {
  const { encoder, knownHashes, imagesOf, onRow, onSkipped, signal, maxImageBytes, withCrops, sources = FOLDERS } = options;
  const read = (file: WalkedFile): Promise<ReadFile> => sources(file.path).read(file, maxImageBytes);
  const sidecars = createSidecarReader(sources);
  const encoding: Stub[] = [];
  /** Further files of a content that is being encoded, by its hash. */
  const waiting = new Map<string, Stub[]>();
  let known: Stub[] = [];

  async function* toEncode(): AsyncGenerator<Uint8Array> {
    for await (const one of mapAhead(files, read, READ)) {
      yield* sort(one);
      if (known.length >= LOOKUP) yield* copyKnown();
    }
    yield* copyKnown();
  }

  async function* sort(read: ReadFile): AsyncGenerator<Uint8Array> {
    if ('fault' in read) {
      if (read.fault.kind === 'lasting') await onRow(toFailedRow(read, read.fault.error), 'failed');
      else await onSkipped(read.file.path, read.fault);
      return;
    }
    const { bytes, ...kept } = read;
    const { contentHash, file, stamp } = kept;
    const sidecar = await sidecars.read(file);
    const facts = toPhotoFacts({ path: file.path, mtime: stamp.mtime }, readPhotoFacts(bytes), sidecar?.facts);
    if (options.isFurther && isApple(facts.camera)) {
      const shot = { path: file.path, takenAt: facts.takenAt, note: readAppleNote(bytes) };
      if (await options.isFurther(shot)) return;
    }
    const stub: Stub = { ...kept, facts: { ...facts, format: imageFormatOf(bytes), sidecar: sidecar?.stamp } };
    if (knownHashes.has(contentHash)) known.push(stub);
    else if (waiting.has(contentHash)) waiting.get(contentHash)?.push(stub);
    else {
      waiting.set(contentHash, []);
      encoding.push(stub);
      yield bytes;
    }
  }

  async function* copyKnown(): AsyncGenerator<Uint8Array> {
    const stubs = known;
    known = [];
    if (stubs.length === 0) return;
    const images = await imagesOf([...new Set(stubs.map((stub) => stub.contentHash))]);
    for (const stub of stubs) {
      const image = images.get(stub.contentHash);
      if (image) await onRow({ ...image, ...toFile(stub), ...toFactColumns(stub.facts) }, 'known');
      else {
        knownHashes.delete(stub.contentHash); // the index lost it
        yield* sort(await read(stub.file));
      }
    }
  }

  for await (const outcome of encoder.encodeImages(toEncode(), { signal, shouldFillBatches: true, withCrops })) {
    const stub = encoding.shift() as Stub;
    const hash = stub.contentHash;
    if (withCrops && 'embedding' in outcome && !outcome.crops) throw new Error('the encoder gave no crops');
    if (!('error' in outcome)) knownHashes.add(hash);
    const copies = waiting.get(hash) ?? [];
    waiting.delete(hash);
    await onRow(toRow(stub, outcome), 'error' in outcome ? 'failed' : 'encoded');
    for (const copy of copies) await onRow(toRow(copy, outcome), 'error' in outcome ? 'failed' : 'known');
  }
}

/** A file that was read, without its bytes. */
type Stub = ReadStub & { readonly contentHash: string; readonly facts: Facts };
type Facts = PhotoFacts & { readonly format: string | undefined; readonly sidecar: string | undefined };

const toFile = ({ file, stamp: { size, mtime, ctime, inode }, checkedAt, contentHash }: ReadStub & Partial<Stub>) => ({
  path: file.path,
  content_hash: contentHash ?? null,
  files: toFilesText(file.companions),
  ...{ size, mtime, ctime, inode },
  checked_at: checkedAt,
});

const toFactColumns = (facts: Facts) => ({
  format: facts.format ?? null,
  taken_at: facts.takenAt ?? null,
  taken_at_source: facts.takenAtSource ?? null,
  camera: facts.camera ?? null,
  latitude: facts.latitude ?? null,
  longitude: facts.longitude ?? null,
  keywords: toKeywordText(facts.keywords),
  rating: facts.rating ?? null,
  title: facts.title ?? null,
  caption: facts.caption ?? null,
  sidecar: facts.sidecar ?? null,
});

function toRow(stub: Stub, outcome: ImageOutcome): ImageRow {
  if ('error' in outcome) return { ...toFailedRow(stub, outcome.error), format: stub.facts.format ?? null };
  return {
    ...toFile(stub),
    width: outcome.width,
    height: outcome.height,
    ...toFactColumns(stub.facts),
    added_at: new Date().toISOString(),
    error_code: null,
    error_message: null,
    embedding: outcome.embedding,
    crops: outcome.crops ?? null,
  };
}

/** A file that could not be used, with its reason. What is not ours is a bug, and thrown. */
function toFailedRow(stub: ReadStub & Partial<Stub>, error: unknown): ImageRow {
  if (!(error instanceof LabelwiseError) || error.code === 'UNEXPECTED') throw error;
  const nothing = { width: null, height: null, format: null, taken_at: null, camera: null, latitude: null, longitude: null };
  return {
    ...toFile(stub),
    ...nothing,
    added_at: new Date().toISOString(),
    error_code: error.code,
    error_message: error.message,
    embedding: null,
  };
}
