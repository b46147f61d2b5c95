import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LabelwiseError } from '../../errors.js';
import { packageRequire } from '../../files/package-root.js';

/** An optional package that decodes a format: where it is installed, its files. */
export interface DecoderPackage {
  /** A CommonJS module of the package. */
  require(file: string): unknown;
  /** An ES module of the package. */
  import(file: string): Promise<unknown>;
  read(file: string): Uint8Array<ArrayBuffer>;
}

/** @throws LabelwiseError `IMAGE_UNSUPPORTED` with the package's name where it is not installed */
export function findDecoder(name: string, formats: string): DecoderPackage {
  const require = packageRequire();
  // its exports name neither package.json nor all of its files
  const folder = require.resolve
    .paths(name)
    ?.map((place) => join(place, name))
    .find((place) => existsSync(join(place, 'package.json')));
  if (folder === undefined)
    throw new LabelwiseError('IMAGE_UNSUPPORTED', `${formats} images need the package ${name}, which is not installed.`, {
      hint: `Install it beside labelwise: npm install ${name}`,
    });
  return {
    require: (file) => require(join(folder, file)),
    import: (file) => import(`${pathToFileURL(folder).href}/${file}`),
    read: (file) => new Uint8Array(readFileSync(join(folder, file))),
  };
}
