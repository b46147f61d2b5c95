import { basename } from 'node:path';
import { LabelwiseError } from '../../errors.js';
import { isWithin } from '../../files/byte-path.js';
import { UPLOADS } from '../../store/uploads.js';
import { readIndexFacts } from '../open-index.js';
import type { Workspace } from '../workspace.js';

/** A folder of the library under a name, so that its path stays with whoever runs the service. */
export interface NamedFolder {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  /** Whether its images were sent to the service, which keeps them itself. */
  readonly isUploads: boolean;
}

/**
 * The folders of the library by name: those that were named, then the other folders of the index by their last part, and what was sent.
 *
 * @param named absolute paths by their names
 */
export async function listFolders(workspace: Workspace, named: ReadonlyMap<string, string>): Promise<NamedFolder[]> {
  const uploads = (await workspace.database()).location.pathOf(UPLOADS);
  const folders = new Map([...named].map(([name, path]) => [name, { name, path, isUploads: false }]));
  const known = new Set(named.values());
  for (const root of (await readIndexFacts(workspace)).roots) {
    if (known.has(root)) continue;
    const isUploads = root === uploads;
    const name = freeName(isUploads ? UPLOADS : basename(root) || 'root', folders);
    folders.set(name, { name, path: root, isUploads });
  }
  return [...folders.values()];
}

function freeName(wanted: string, taken: ReadonlyMap<string, unknown>): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? wanted : `${wanted}-${i}`;
    if (!taken.has(name)) return name;
  }
}

/** The path of a folder, or of a folder in it, by its name: `photos/2024`. No text of a request becomes part of a path but plain names. */
export function folderPath(folders: readonly NamedFolder[], text: string): string {
  const [name, ...parts] = text.replace(/\/$/, '').split('/');
  const folder = folders.find((one) => one.name === name);
  if (folder === undefined || parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
    throw new LabelwiseError('INPUT_NOT_FOUND', `There is no folder "${text}" in the library.`, {
      hint: `Its folders are: ${folders.map((one) => one.name).join(', ') || 'none'}.`,
    });
  return [folder.path, ...parts].join('/');
}

/** A file's folder by its name; null where no folder of the library holds it. */
export function folderOf(folders: readonly NamedFolder[], path: string): string | null {
  const holders = folders.filter((folder) => isWithin(path, folder.path));
  const [nearest] = holders.sort((a, b) => b.path.length - a.path.length);
  if (nearest === undefined) return null;
  const inside = path
    .slice(nearest.path.length + 1)
    .split('/')
    .slice(0, -1);
  return [nearest.name, ...inside].join('/');
}
