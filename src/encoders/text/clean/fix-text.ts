import { readFile } from 'node:fs/promises';
import { decodeHTML, decodeHTMLStrict } from 'entities';
import { z } from 'zod';
import { packageFile } from '../../../files/package-root.js';
import { createEncodingFixer } from './fix-encoding.js';

const tablesSchema = z.object({
  bad: z.string(),
  utf8: z.string(),
  altered: z.string(),
  lossy: z.string(),
  ligatures: z.record(z.string(), z.string()),
  widths: z.record(z.string(), z.string()),
  controls: z.string(),
  encodings: z.record(z.string(), z.string()),
});
/** What ftfy knows of characters (data/mojibake.json, made by tests/parity/build/clean_text.py). */
type Tables = z.infer<typeof tablesSchema>;

/** OpenCLIP's basic_clean: ftfy's fix_text, then HTML's references twice. */
export async function loadFixer(): Promise<(text: string) => string> {
  const tables = tablesSchema.parse(JSON.parse(await readFile(packageFile('data/mojibake.json'), 'utf8')));
  const steps = fixSteps(tables);
  return (text) => decodeHTML(decodeHTML(fixText(text, steps)));
}

/** What a terminal takes for a colour. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it begins with one
const TERMINAL = /\u001b\[[\d;]*[a-zA-Z]/g;

interface Steps {
  readonly encoding: (text: string) => string;
  readonly characters: (text: string) => string;
}

/** Line by line; once a line has a "<", it and those after it are taken for HTML, and their references stay. */
function fixText(text: string, steps: Steps): string {
  let isHtml = false;
  return (text.match(/[^\n]*\n|[^\n]+$/g) ?? [])
    .map((line) => {
      isHtml ||= line.includes('<');
      return fixLine(line, steps, isHtml);
    })
    .join('');
}

function fixLine(line: string, { encoding, characters }: Steps, isHtml: boolean): string {
  let text = line;
  for (;;) {
    const next = characters(encoding(isHtml ? text : unescapeHtml(text)));
    if (next === text) return text;
    text = next;
  }
}

/** References that end in a semicolon, and those of letters that somebody put into upper case. */
const unescapeHtml = (text: string): string =>
  text.replace(/&#?[0-9A-Za-z]{1,24};/g, (reference) => {
    if (reference.startsWith('&#')) {
      const decoded = decodeHTML(reference);
      return decoded.includes(';') ? reference : decoded;
    }
    const decoded = decodeHTMLStrict(reference);
    if (decoded !== reference || reference !== reference.toUpperCase()) return decoded;
    const lower = reference.toLowerCase();
    const letter = decodeHTMLStrict(lower);
    return letter === lower ? reference : letter.toUpperCase();
  });

function fixSteps(tables: Tables): Steps {
  const { fixEncoding, fixControls } = createEncodingFixer(tables);
  const controls = new RegExp(`[${tables.controls.replace(/[\]\\^-]/g, '\\$&')}]`, 'gu');
  const replaceAll = (table: Readonly<Record<string, string>>): ((text: string) => string) => {
    const known = new RegExp(
      `[${Object.keys(table)
        .join('')
        .replace(/[\]\\^-]/g, '\\$&')}]`,
      'gu',
    );
    return (text) => text.replace(known, (character) => table[character] ?? character);
  };
  const [ligatures, widths] = [replaceAll(tables.ligatures), replaceAll(tables.widths)];
  const characters = (text: string): string =>
    widths(ligatures(fixControls(text)))
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/\r\n|[\r\u2028\u2029\x85]/g, '\n')
      .replace(/\p{Surrogate}/gu, '\ufffd')
      .replace(TERMINAL, '')
      .replace(controls, '')
      .normalize('NFC');
  return { encoding: fixEncoding, characters };
}
