/** The licences of all that comes with labelwise: every production dependency in the lock file, for every system. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Licences that may come with an Apache-2.0 package. LGPL: libvips and libheif, libraries of their own that users can replace, libheif in an
 * optional package; MPL: files that we do not change.
 */
export const ALLOWED = [
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT'],
  ...['LGPL-3.0', 'LGPL-3.0-or-later', 'MPL-2.0'],
];

/** Packages that state no SPDX name in their package.json; read from their licence files. */
const STATED_ELSEWHERE = { 'base-64': 'MIT', 'json-bignum': 'MIT', 'onnxruntime-web/node_modules/flatbuffers': 'Apache-2.0' };

/** Name and licence of each production dependency. */
export function readLicences(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).flatMap(([path, { dev, link, license }]) => {
    if (!path.startsWith('node_modules/') || dev || link) return [];
    const place = path.slice('node_modules/'.length);
    return [{ name: place.replace(/^.*node_modules\//, ''), licence: STATED_ELSEWHERE[place] ?? license ?? 'none stated' }];
  });
}

/** Whether an SPDX expression can be met with allowed licences alone. */
export function isAllowed(licence) {
  return licence
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((name) => ALLOWED.includes(name)));
}

const MARK = 'Installed with labelwise, by licence:\n';

/** NOTICE with its generated end. */
export function noticePage(root) {
  const page = readFileSync(join(root, 'NOTICE'), 'utf8');
  const licences = readLicences(root);
  const namesOf = (wanted) => [...new Set(licences.filter(({ licence }) => licence === wanted).map(({ name }) => name))].sort();
  const lines = [...new Set(licences.map(({ licence }) => licence))].map((licence) => wrap(`${licence}: ${namesOf(licence).join(', ')}`));
  return `${page.slice(0, page.indexOf(MARK) + MARK.length)}${lines.sort().join('\n')}\n`;
}

const wrap = (line) => line.replaceAll(/(.{1,118})(?: |$)/g, '$1\n  ').trimEnd();
