import { formatCount } from '../../core/format-count.js';
import { LabelwiseError, throwIfAborted } from '../../errors.js';
import { isObjectAddress } from '../../files/object-address.js';
import { lookAt } from '../../ingest/find-present.js';
import { createSidecarFinder, type SidecarName } from '../../xmp/find-sidecars.js';
import { type WriteOutcome, writeSidecar } from '../../xmp/write-sidecar.js';
import type { TaskOptions } from '../workspace.js';
import type { ExportRow, ExportSink } from './export-rows.js';

export interface SidecarChoice {
  /** How new sidecars are named. An existing sidecar is used under either name. */
  readonly sidecars?: SidecarName | undefined;
  /** Create lists of hierarchical keywords in sidecars that have none. */
  readonly hierarchical?: boolean | undefined;
  /** Report which sidecars would be written, without writing them. */
  readonly dryRun?: boolean | undefined;
  /** Called with each sidecar that a dry run would write, and labelwise's keywords in it. */
  readonly onSidecar?: ((path: string, keywords: readonly string[]) => Promise<void>) | undefined;
}

/** Sidecars beside the images. One that cannot be written is reported and counted, and the rest goes on. */
export function sidecarSink(
  { sidecars = 'photo.jpg.xmp', hierarchical: isHierarchical = false, dryRun: isDryRun = false, onSidecar }: SidecarChoice,
  { signal, onNote, onWarning }: TaskOptions,
): ExportSink {
  const find = createSidecarFinder(sidecars, { isDryRun });
  const counts = { written: 0, unchanged: 0, deleted: 0, failed: 0, otherName: 0, gone: 0, changed: 0 };
  const report = (error: unknown): void => {
    if (!(error instanceof LabelwiseError) || error.code === 'DISK_FULL') throw error;
    counts.failed++;
    onWarning?.(error.message);
  };
  const put = async (path: string, images: readonly ExportRow[]): Promise<void> => {
    const inOrder = [...images].sort((a, b) => (a.path < b.path ? -1 : 1)); // else a rerun would say the same in another order
    try {
      const keywords = [...new Set(inOrder.flatMap(({ tags }) => tags.map(({ label }) => label)))];
      const outcome = await writeSidecar(path, keywords, { isHierarchical, isDryRun });
      counts[outcome]++;
      if (isDryRun && outcome !== 'unchanged') await onSidecar?.(path, keywords);
    } catch (error) {
      report(error);
    }
  };
  const sharing = new Map<string, ExportRow[]>();
  return {
    async write(row) {
      if (isObjectAddress(row.path))
        return report(new LabelwiseError('OUTPUT_UNWRITABLE', `${row.path} is in a bucket, where no sidecars are written.`));
      const place = await find(row.path).catch(report);
      if (!place) return;
      const { path, name, exists } = place;
      if (!exists && row.tags.length === 0) return void counts.unchanged++;
      const photo = await lookAt(row); // the place of a disk that is not mounted is an empty folder, and names of photos are used again
      if (typeof photo === 'string') return void counts[photo]++;
      if (exists && name !== sidecars) counts.otherName++;
      if (name === 'photo.jpg.xmp') return put(path, [row]);
      const images = sharing.get(path); // photo.jpg and photo.cr2 have one sidecar, which gets the keywords of both
      if (images) images.push(row);
      else sharing.set(path, [row]);
    },
    async end() {
      for (const [path, images] of sharing) {
        throwIfAborted(signal);
        await put(path, images);
      }
      onNote?.(`sidecars: ${describeOutcomes(counts, isDryRun)}`);
      if (counts.otherName > 0) onNote?.(`existing sidecars used that are not named like ${sidecars}: ${counts.otherName}`);
      if (counts.failed + counts.gone + counts.changed > 0) throw incomplete(counts);
    },
    async [Symbol.asyncDispose]() {},
  };
}

function incomplete({ failed, gone, changed }: Readonly<Record<'failed' | 'gone' | 'changed', number>>): LabelwiseError {
  const parts = [
    ...(failed > 0 ? [`${formatCount(failed, 'sidecar')} could not be written`] : []),
    ...(gone > 0 ? [`${formatCount(gone, 'photo')} left out: no longer there, or on a missing volume`] : []),
    ...(changed > 0 ? [`${formatCount(changed, 'photo')} left out: changed after the index was made`] : []),
  ];
  const hint = gone + changed === 0 ? {} : { hint: 'Bring the volume back, run "labelwise index", and export again.' };
  return new LabelwiseError('BATCH_INCOMPLETE', `${parts.join('; ')}; the rest was done.`, hint);
}

/** What became of sidecars: "3 written, 2 had nothing to change". */
export function describeOutcomes(counts: Readonly<Record<WriteOutcome, number>>, isDryRun: boolean): string {
  const would = isDryRun ? 'would be ' : '';
  const deleted = counts.deleted === 0 ? '' : `, ${counts.deleted} ${would}deleted (they held nothing else)`;
  return `${counts.written} ${would}written, ${counts.unchanged} had nothing to change${deleted}`;
}
