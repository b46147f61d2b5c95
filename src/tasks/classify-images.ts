import { gatherWarnings } from '../core/gather-warnings.js';
import type { ImageSource } from '../core/ports.js';
import { type Classification, type ClassifyOptions, classifierOf, rememberBound } from './create-classifier.js';
import { openZeroShot, refuseBesideTable } from './open-zero-shot.js';
import type { TaskOptions, Workspace } from './workspace.js';

export interface ClassifyRequest extends Omit<ClassifyOptions, 'signal'> {
  /** A label table in the database, instead of `labels`. It contains its own labels and prompts. */
  readonly labelTable?: string | undefined;
  /** The name that examples of `labels` were taught under; those of a label table have its name. */
  readonly examples?: string | undefined;
}

/** Ranks labels for images. Labels that an earlier call used are not embedded again. */
export type ClassifyImages = (
  images: ImageSource | readonly ImageSource[],
  request: ClassifyRequest,
  options?: TaskOptions,
) => Promise<Classification[]>;

/** Classifies images with the workspace's model. `bytesOnly` refuses paths and URLs. */
export function imageClassifier(workspace: Workspace, { bytesOnly }: { readonly bytesOnly?: boolean | undefined }): ClassifyImages {
  const find = rememberBound({}, undefined, async (choice, signal) => {
    const { warnings, onWarning } = gatherWarnings();
    const bound = await openZeroShot(workspace, choice, { signal, onWarning, opensImages: true });
    return { ...bound, warnings, isTold: false };
  });
  const findTelling = async (call: ClassifyOptions, onWarning: TaskOptions['onWarning']) => {
    const bound = await find(call);
    const tell = onWarning ?? (bound.isTold ? undefined : workspace.warn); // a loop over images is not to repeat what concerns its labels
    bound.isTold = true;
    if (tell) for (const message of bound.warnings) tell(message);
    return bound;
  };
  return async (images, { labelTable, examples, ...request }, options = {}) => {
    const encoder = await workspace.encoder({}, options);
    refuseBesideTable({ labelTable, ...request });
    const isFixed = labelTable === undefined && examples === undefined; // a table may be saved again, and examples added
    const bound = isFixed
      ? (call: ClassifyOptions) => findTelling(call, options.onWarning)
      : () => openZeroShot(workspace, { ...request, labelTable, examples }, { ...options, opensImages: true });
    return classifierOf(encoder, bound, bytesOnly).classify(images, { ...request, signal: options.signal });
  };
}
