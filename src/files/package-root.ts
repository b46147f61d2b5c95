import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabelwiseError } from '../errors.js';

/** package.json's version, which a test compares. Bundled code uses the files of an installed labelwise only if that is the same version. */
export const VERSION = '0.1.0';

let root: string | undefined;

/**
 * A file or folder of the package, by its path from the package's root: the model, label sets, threads.
 *
 * A bundler moves this code away from those files. They are then those of the installed package, as seen from the bundle.
 *
 * @throws LabelwiseError `PACKAGE_INCOMPLETE`
 */
export function packageFile(path: string): string {
  root ??= findRoot();
  const file = join(root, path);
  if (existsSync(file)) return file;
  throw incompletePackage(`${file} is missing: only a part of labelwise was copied here`);
}

/** The error for a file of labelwise's own that is gone. */
export const incompletePackage = (what: string, cause?: unknown): LabelwiseError =>
  new LabelwiseError('PACKAGE_INCOMPLETE', `${what}.`, {
    hint: 'Install the whole package again, or have the bundler copy it (for Next.js: outputFileTracingIncludes).',
    cause,
  });

/** Resolves packages as labelwise itself does, wherever a bundler put this code. @throws LabelwiseError `PACKAGE_INCOMPLETE` */
export const packageRequire = (): NodeJS.Require => createRequire(packageFile('package.json'));

function findRoot(): string {
  // Without import.meta.url the bundle is CommonJS, which has __filename.
  const address = import.meta.url ?? (typeof __filename === 'string' ? __filename : undefined);
  const own = address?.startsWith('file:') ? fileURLToPath(new URL('../../package.json', address)) : undefined;
  const file = [own, address && findInstalled(address)].find((candidate) => candidate && isOurs(candidate));
  if (file) return dirname(file);
  throw new LabelwiseError(
    'PACKAGE_INCOMPLETE',
    `A bundler separated labelwise from its files (model, label sets, threads), and labelwise ${VERSION} is not installed where the bundle runs.`,
    {
      hint: 'Mark labelwise as external (esbuild --external:labelwise, Rollup external, Vite ssr.external, Next.js serverExternalPackages) and install it beside the bundle.',
    },
  );
}

function findInstalled(from: string): string | undefined {
  try {
    return createRequire(from).resolve('labelwise/package.json');
  } catch {
    return undefined;
  }
}

function isOurs(file: string): boolean {
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    return name === 'labelwise' && version === VERSION;
  } catch {
    return false;
  }
}
