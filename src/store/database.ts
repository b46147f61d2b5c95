import type { Connection } from '@lancedb/lancedb';
import { LabelwiseError } from '../errors.js';
import { isObjectAddress, parseObjectAddress } from '../files/object-address.js';
import { inStoreWords, lancedb } from './connect.js';
import { folderLocation, type Location } from './location.js';
import { objectLocation } from './objects/object-location.js';
import { readStorageOptions, type StorageOptions, toLanceOptions } from './objects/storage-options.js';

/** A database: its location, and one connection that is opened when it is first needed. */
export interface Database extends AsyncDisposable {
  readonly location: Location;
  /** The option that sets the location, for hints. */
  readonly option: string;
  /** Where files that belong beside tables are kept when the location is no folder; undefined keeps none. */
  readonly localFolder?: string | undefined;
  /** Read the table that a migration prepared, and write no index. */
  readonly readsNext?: boolean | undefined;
  connection(): Promise<Connection>;
  /** What opened from it closes with it. */
  close(): Promise<void>;
}

/** What an object store takes beside its address, and how the database is read. */
export interface RemoteSettings {
  readonly storageOptions?: StorageOptions | undefined;
  /** A folder of this machine for what is kept beside tables. */
  readonly localFolder?: string | undefined;
  readonly readsNext?: boolean | undefined;
}

/**
 * A database in a folder, which the first write creates, or in an object store.
 *
 * @param place a folder, or an address such as `s3://bucket/path`
 * @throws LabelwiseError `INVALID_ARGUMENT`
 */
export function openDatabase(place: string, option = '`db`', { storageOptions, localFolder, readsNext }: RemoteSettings = {}): Database {
  const isRemote = isObjectAddress(place);
  const lanceOptions = isRemote ? toLanceOptions(parseObjectAddress(place, option), readStorageOptions(storageOptions)) : undefined;
  const location = isRemote ? objectLocation(place, option, () => connection()) : folderLocation(place, option);
  let connecting: Promise<Connection> | undefined;
  const connect = async (): Promise<Connection> => {
    const obstacle = await location.obstacle();
    if (obstacle !== undefined)
      throw new LabelwiseError('STORE_FAILED', `Expected the folder of a database, got ${obstacle} ${location.name}.`, {
        hint: `Choose a folder with ${option}.`,
      });
    return inStoreWords(
      `the database ${location.name} cannot be opened`,
      async () => lancedb().connect(location.address, lanceOptions && { storageOptions: lanceOptions }),
      option,
    );
  };
  const close = async (): Promise<void> => {
    const connection = await connecting?.catch(() => undefined);
    connecting = undefined;
    connection?.close();
  };
  const connection = async (): Promise<Connection> => {
    connecting ??= connect();
    connecting.catch(() => {
      connecting = undefined; // the next caller tries again
    });
    return connecting;
  };
  return {
    location,
    option,
    localFolder,
    readsNext,
    connection,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What a reader of the index is told where there is none. */
export const noIndex = ({ location }: Database): LabelwiseError =>
  new LabelwiseError('INDEX_NOT_FOUND', `No images were indexed in ${location.name}.`, {
    hint: 'Check `db`, or index images first: labelwise index FOLDER.',
  });
