import type { Connection } from '@lancedb/lancedb';
import { LabelwiseError } from '../errors.js';
import { inStoreWords, lancedb } from './connect.js';
import { folderLocation, type Location } from './location.js';

/** A database: its location, and one connection that is opened when it is first needed. */
export interface Database extends AsyncDisposable {
  readonly location: Location;
  /** The option that sets the location, for hints. */
  readonly option: string;
  connection(): Promise<Connection>;
  /** What opened from it closes with it. */
  close(): Promise<void>;
}

/** A database in a folder. The first write creates the folder. @throws LabelwiseError `INVALID_ARGUMENT` */
export function openDatabase(folder: string, option = '`db`'): Database {
  const location = folderLocation(folder, option);
  let connecting: Promise<Connection> | undefined;
  const connect = async (): Promise<Connection> => {
    const obstacle = await location.obstacle();
    if (obstacle !== undefined)
      throw new LabelwiseError('STORE_FAILED', `Expected the folder of a database, got ${obstacle} ${location.name}.`, {
        hint: `Choose a folder with ${option}.`,
      });
    return inStoreWords(`the database ${location.name} cannot be opened`, async () => lancedb().connect(location.address), option);
  };
  const close = async (): Promise<void> => {
    const connection = await connecting?.catch(() => undefined);
    connecting = undefined;
    connection?.close();
  };
  return {
    location,
    option,
    async connection() {
      connecting ??= connect();
      connecting.catch(() => {
        connecting = undefined; // the next caller tries again
      });
      return connecting;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What a reader of the index is told where there is none. */
export const noIndex = ({ location }: Database): LabelwiseError =>
  new LabelwiseError('INDEX_NOT_FOUND', `No images were indexed in ${location.name}.`, {
    hint: 'Check `db`, or index images first: labelwise index FOLDER.',
  });
