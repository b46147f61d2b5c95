import type { Dtype } from '../checkpoints/dtypes.js';
import { openDatabase } from '../store/database.js';
import { chooseReference } from '../tasks/open-index.js';
import type { TaskOptions, Workspace } from '../tasks/workspace.js';
import { runWorker } from './run-worker.js';

/** Works on the shards of a queue with the models and stores that a workspace's settings reach, until the signal says stop. */
export async function workForQueue(
  workspace: Workspace,
  queue: string,
  { signal, onNote }: TaskOptions & { readonly signal: AbortSignal },
) {
  const { storageOptions } = workspace.settings;
  await runWorker({
    queue,
    signal,
    onNote,
    sources: await workspace.sources(),
    openDatabase: (address) => openDatabase(address, '`db`', { storageOptions }),
    async openEncoder(reference) {
      const { model, dtype, onnx } = chooseReference(workspace, reference);
      const encoder = await workspace.encoder({ model, dtype: dtype as Dtype | undefined, onnx, isUncached: true });
      return { encoder, maxImageBytes: encoder.limits.maxImageBytes };
    },
  });
}
