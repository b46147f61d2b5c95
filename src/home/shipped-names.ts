import { readdirSync } from 'node:fs';
import { incompletePackage, packageFile } from '../files/package-root.js';

const FOLDERS = { 'label set': 'label-sets', 'template set': 'prompt-templates' } as const;

export type ShippedKind = keyof typeof FOLDERS;

/** The folder of the label sets or template sets that ship with labelwise. */
export const shippedFolder = (kind: ShippedKind): string => packageFile(`data/${FOLDERS[kind]}`);

/** The names of the label sets or template sets that ship with labelwise. @throws LabelwiseError `PACKAGE_INCOMPLETE` */
export function shippedNames(kind: ShippedKind): string[] {
  try {
    return readdirSync(shippedFolder(kind))
      .map((file) => file.replace(/\.json$/, ''))
      .sort();
  } catch (cause) {
    throw incompletePackage(`The ${kind}s of labelwise are missing`, cause);
  }
}
