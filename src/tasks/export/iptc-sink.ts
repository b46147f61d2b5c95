import { formatCount } from '../../core/format-count.js';
import { openOutput } from '../../files/open-output.js';
import type { TaskOptions } from '../workspace.js';
import { ELSEWHERE, type ExportRow, type ExportSink } from './export-rows.js';

/** Formats that exiftool writes IPTC into. */
const HOLDS_IPTC = ['jpeg', 'tiff'];
/** What the standard allows a keyword. */
const MAX_BYTES = 64;

/**
 * Arguments for exiftool (`exiftool -@ FILE`) that put the tags into IPTC:Keywords of the photos themselves, or with `remove` take them out
 * again. labelwise writes into no photo. What the photos have by other hands is neither added nor taken out.
 */
export async function iptcSink(
  {
    out,
    print,
    remove = false,
  }: { out?: string | undefined; print?: ((line: string) => Promise<void>) | undefined; remove?: boolean | undefined },
  { onNote, onWarning }: TaskOptions,
): Promise<ExportSink> {
  const file = out === undefined ? undefined : await openOutput(out, ELSEWHERE);
  const write = file ? (line: string) => file.write(`${line}\n`) : (print as NonNullable<typeof print>);
  const counts = { photos: 0, otherFormats: 0, unnamed: 0, long: 0 };
  return {
    async write(row) {
      const labels = ownLabels(row);
      const short = labels.filter((label) => Buffer.byteLength(label) <= MAX_BYTES);
      counts.long += labels.length - short.length;
      if (short.length === 0) return;
      if (!HOLDS_IPTC.includes(row.format)) counts.otherFormats++;
      else if (row.path.startsWith('file:') || /[\r\n]/.test(row.path)) counts.unnamed++;
      else {
        counts.photos++;
        const changes = short.flatMap((label) => [`-IPTC:Keywords-=${label}`, ...(remove ? [] : [`-IPTC:Keywords+=${label}`])]);
        for (const line of ['-charset', 'iptc=utf8', '-codedcharacterset=utf8', ...changes, row.path, '-execute']) await write(line);
      }
    },
    async end() {
      await file?.end();
      onNote?.(
        `IPTC keywords for ${formatCount(counts.photos, 'photo')}: run "exiftool -@ ${out ?? 'FILE'}" to ${remove ? 'take them out' : 'write them'}.`,
      );
      if (counts.otherFormats > 0) onNote?.(`left out: ${formatCount(counts.otherFormats, 'image')} of formats without IPTC`);
      if (counts.unnamed > 0) onWarning?.(`left out: ${formatCount(counts.unnamed, 'image')} whose names exiftool cannot read from a file`);
      if (counts.long > 0)
        onWarning?.(`left out: ${formatCount(counts.long, 'tag')} longer than ${MAX_BYTES} bytes, which IPTC does not allow`);
    },
    [Symbol.asyncDispose]: async () => file?.[Symbol.asyncDispose](),
  };
}

/** The tags that the photo does not have as keywords of somebody else. */
function ownLabels({ tags, keywords }: ExportRow): string[] {
  const theirs = new Set(keywords.map((keyword) => keyword.toLowerCase()));
  return [...new Set(tags.map(({ label }) => label))].filter((label) => !theirs.has(label.toLowerCase()));
}
