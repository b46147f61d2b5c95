import { LabelwiseError } from '../errors.js';
import { isNumber, readFields } from '../files/read-fields.js';
import type { Database } from './database.js';
import { EXAMPLES_PREFIX, isOfImages, TAG_CORRECTIONS, TAGS_PREFIX } from './table-names.js';

/**
 * Everything that labelwise stores, with the version that this program writes. A table keeps its version as `schemaVersion` in a JSON object
 * under `key` in the metadata of its schema: LanceDB leaves it there through adds, merges, deletes, restores and optimize. What has no version
 * is of version 1. Older versions are read, and a newer one is refused before anything is read or written.
 */
export const FORMATS = {
  /** 2: `ctime`; 3: `taken_at_source`, keywords, rating, title, caption, further files and the sidecar's stamp; 4: `crops`, only where they are wanted. */
  images: { version: 4, key: 'labelwise-images' },
  labels: { version: 1, key: 'labelwise' },
  /** 2: `content_hash`, which was `imageId`. */
  tags: { version: 2, key: 'labelwise-tags' },
  corrections: { version: 2, key: 'labelwise-corrections' },
  examples: { version: 1, key: 'labelwise-examples' },
  /** 2: packs; 1 was a table of LanceDB. */
  cache: { version: 2 },
  indexFile: { version: 1 },
  backup: { version: 1 },
} as const;

export type StoredKind = keyof typeof FORMATS;
export type TableKind = 'images' | 'labels' | 'tags' | 'corrections' | 'examples';

interface Place {
  /** As it begins a sentence: `The table "pets" in /db`. */
  readonly subject: string;
  /** The option that names another place. */
  readonly option: string;
}

/** @throws LabelwiseError `FORMAT_NEWER` for a version that a later labelwise wrote */
export function assertReadable(kind: StoredKind, found: number, { subject, option }: Place): void {
  const { version } = FORMATS[kind];
  if (found <= version) return;
  throw new LabelwiseError('FORMAT_NEWER', `${subject} has format ${found}, and this labelwise reads formats up to ${version}.`, {
    hint: `Update labelwise, or use another ${option}. Nothing was changed.`,
  });
}

/** Which table of a database, and what it is to hold. */
export interface TableOf {
  readonly database: Pick<Database, 'location' | 'option'>;
  readonly name: string;
  readonly kind: TableKind;
}

/**
 * What a table says of itself, to be parsed; undefined if it says nothing that can be read.
 *
 * @throws LabelwiseError `FORMAT_NEWER`
 */
export function readTableFacts({ database, name, kind }: TableOf, metadata: ReadonlyMap<string, string>): unknown {
  const facts = parseOrNothing(metadata.get(FORMATS[kind].key));
  assertReadable(kind, versionOf(facts), { subject: `The table "${name}" in ${database.location.name}`, option: database.option });
  return facts;
}

/** The version in a table's facts. */
export const versionOf = (facts: unknown): number =>
  readFields<{ schemaVersion?: number }>(facts, { schemaVersion: { is: isNumber } })?.schemaVersion ?? 1;

/** What a table of this name holds in a database. */
export function kindOf(name: string): TableKind {
  if (isOfImages(name)) return 'images';
  if (name === TAG_CORRECTIONS) return 'corrections';
  if (name.startsWith(EXAMPLES_PREFIX)) return 'examples';
  return name.startsWith(TAGS_PREFIX) ? 'tags' : 'labels';
}

/** Asked before a table is replaced as a whole; one that cannot be opened may be replaced. @throws LabelwiseError `FORMAT_NEWER` */
export async function assertReplaceable(database: Database, name: string): Promise<void> {
  const table = await (await database.connection()).openTable(name).catch(() => undefined);
  if (!table) return;
  try {
    readTableFacts({ database, name, kind: kindOf(name) }, (await table.schema()).metadata);
  } finally {
    table.close();
  }
}

function parseOrNothing(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
