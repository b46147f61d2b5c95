import { join } from 'node:path';
import { messageOf, throwIfAborted } from '../errors.js';
import { connect } from './connect.js';
import { hasTable } from './current-images.js';
import { TAG_CORRECTIONS, TAGS_PREFIX } from './table-names.js';
import type { IndexFault } from './verify-images.js';

/** Reads every row of the tags of an index and of their corrections, and names the tables that cannot be read. Nothing is written. */
export async function verifyTags(folder: string, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<IndexFault[]> {
  const connection = await connect(folder);
  const faults: IndexFault[] = [];
  try {
    for (const name of await connection.tableNames({ limit: 10_000 })) {
      if ((!name.startsWith(TAGS_PREFIX) && name !== TAG_CORRECTIONS) || !(await hasTable(folder, name))) continue;
      try {
        for await (const _batch of (await connection.openTable(name)).query()) throwIfAborted(signal);
      } catch (error) {
        throwIfAborted(signal);
        faults.push({
          kind: 'unreadable',
          path: undefined,
          detail: `${join(folder, `${name}.lance`)}: ${messageOf(error).split('\n')[0]}`,
        });
      }
    }
  } finally {
    connection.close();
  }
  return faults;
}
