import { resolve } from 'node:path';
import { type OutputFile, openOutput } from '../files/open-output.js';

/** A page while it is written, with its path as the user named it. */
export interface HtmlFile extends OutputFile {
  readonly path: string;
}

/** Opens a page for writing, before any work is done. @throws LabelwiseError `OUTPUT_UNWRITABLE` when it cannot be written there */
export async function openHtmlFile(path: string, { cwd }: { readonly cwd: string }): Promise<HtmlFile> {
  return { path, ...(await openOutput(resolve(cwd, path), 'choose another place with `html`')) };
}
