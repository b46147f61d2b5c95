import { Option } from '@commander-js/extra-typings';
import { formatBytes } from '../../files/format-bytes.js';
import type { CliIo } from '../../local/io.js';
import { cacheRows } from '../../rows/model-rows.js';
import { startRun } from '../context.js';
import { addFormats, baseCommand } from '../options.js';
import { formatOf, printRows } from '../render/rows.js';

/** `labelwise cache`: the embedding cache. */
export function cacheCommand(io: CliIo) {
  return baseCommand('cache').description('show or clear the embedding cache').addCommand(showCommand(io)).addCommand(clearCommand(io));
}

function showCommand(io: CliIo) {
  return addFormats(folderCommand('show'))
    .description('show the number of embeddings per model')
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { listEmbeddingCache } = await import('../../store/maintain-cache.js');
      const tables = await listEmbeddingCache(run.config.cacheFolder);
      await printRows(tables, { io, format: formatOf(flags) }, cacheRows);
      const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
      run.say(`${formatBytes(total)} of at most ${formatBytes(run.config.cacheMaxBytes)} in ${run.config.cacheFolder}`);
    });
}

function clearCommand(io: CliIo) {
  return folderCommand('clear')
    .description('delete cached embeddings')
    .addOption(new Option('--kind <kind>', 'delete only these').choices(['images', 'labels'] as const))
    .action(async (flags) => {
      await using run = startRun(flags, io);
      const { clearEmbeddingCache } = await import('../../store/maintain-cache.js');
      run.say(`${formatBytes(await clearEmbeddingCache(run.config.cacheFolder, flags.kind))} freed`);
    });
}

const folderCommand = (name: string) => baseCommand(name).option('--cache-folder <folder>', 'folder of the embedding cache');
