import { type OutputFile, openOutput } from '../files/open-output.js';
import { resolveOutput } from '../files/resolve-output.js';

/** A page while it is written, with its path as the user named it. */
export interface HtmlFile extends OutputFile {
  readonly path: string;
}

/** Opens a page for writing, before any work is done. @throws LabelwiseError `INVALID_ARGUMENT` for "-", `OUTPUT_UNWRITABLE` */
export async function openHtmlFile(path: string, { cwd }: { readonly cwd: string }): Promise<HtmlFile> {
  return { path, ...(await openOutput(resolveOutput(cwd, path, 'html'), 'choose another place with `html`')) };
}
