import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { packageRequire } from '../../../files/package-root.js';

/** What says where OpenVINO may be, see `Surroundings`. */
export interface OpenVinoHints {
  readonly openvino?: string | undefined;
  readonly pythonEnvironments?: readonly string[] | undefined;
}

/** The C library's file on Linux, macOS and Windows: libopenvino_c.so.2641, libopenvino_c.2641.dylib, openvino_c.dll. */
const LIBRARY = /^(?:libopenvino_c\.so(?:\.\d+)?|libopenvino_c(?:\.\d+)?\.dylib|openvino_c\.dll)$/;

/**
 * OpenVINO's C library: where the caller says and nowhere else, or the first that is found in the active Python environments, in other
 * Python packages of the user and of the system, in npm's `openvino-node`, and in the system's libraries.
 */
export function findOpenVino({ openvino, pythonEnvironments = [] }: OpenVinoHints): string | undefined {
  if (openvino !== undefined) return libraryAt(openvino) ?? firstIn([...foldersOf(openvino), ...packagesIn(openvino)]);
  return firstIn([
    ...pythonEnvironments.flatMap(packagesIn),
    ...[join(homedir(), '.local'), '/usr/local', '/usr'].flatMap(packagesIn),
    ...npmFolders(),
    ...systemFolders(),
  ]);
}

const libraryAt = (path: string): string | undefined => (LIBRARY.test(basename(path)) && isFile(path) ? path : undefined);

/** The folders of an installation of OpenVINO, a Python package or a plain folder of libraries. */
const foldersOf = (folder: string): string[] => [
  folder,
  join(folder, 'libs'),
  join(folder, 'lib'),
  ...namesIn(join(folder, 'runtime', 'lib')).map((name) => join(folder, 'runtime', 'lib', name)),
  ...namesIn(join(folder, 'runtime', 'bin')).map((name) => join(folder, 'runtime', 'bin', name, 'Release')),
];

/** Where the Python package `openvino` of an environment, or of a prefix such as /usr, has its libraries. */
function packagesIn(prefix: string): string[] {
  const versions = namesIn(join(prefix, 'lib'))
    .filter((name) => /^python3(?:\.\d+)?$/.test(name))
    .toSorted((a, b) => Number(b.split('.')[1] ?? 0) - Number(a.split('.')[1] ?? 0));
  const sites = versions.flatMap((name) => ['site-packages', 'dist-packages'].map((site) => join(prefix, 'lib', name, site)));
  return [...sites, join(prefix, 'Lib', 'site-packages')].map((site) => join(site, 'openvino', 'libs'));
}

function npmFolders(): string[] {
  try {
    const root = dirname(packageRequire().resolve('openvino-node/package.json'));
    return [join(root, 'bin'), join(root, 'bin', 'native')];
  } catch {
    return []; // it is not installed
  }
}

function systemFolders(): string[] {
  if (process.platform === 'win32') return [];
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string];
  return [
    ...(triplet === undefined ? [] : [`/usr/lib/${triplet}`]),
    ...['/usr/lib64', '/usr/lib', '/usr/local/lib', '/opt/homebrew/lib'],
    ...namesIn('/opt/intel')
      .filter((name) => name.startsWith('openvino'))
      .flatMap((name) => foldersOf(join('/opt/intel', name))),
  ];
}

function firstIn(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const name = namesIn(folder)
      .filter((entry) => LIBRARY.test(entry))
      .toSorted()
      .at(-1); // with its version, where there is a link without it
    if (name !== undefined) return join(folder, name);
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it is not there, or not for us
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
