import { gatherWarnings } from '../core/gather-warnings.js';
import { parseLabelList } from '../core/parse-labels.js';
import { type OpenedSeveral, openSeveral } from '../tasks/classify-several.js';
import type { ClassifyOptions } from '../tasks/create-classifier.js';
import { resolveLabelSet, stampOfLabelSet } from '../tasks/label-sets/resolve-label-set.js';
import { type OpenedZeroShot, openZeroShot, refuseBesideTable, type ZeroShotRequest } from '../tasks/open-zero-shot.js';
import type { Workspace } from '../tasks/workspace.js';
import { RequestProblem } from './problem.js';

/** Which labels, as a request says it. */
export interface LabelRequest extends Omit<ClassifyOptions, 'signal'> {
  /** Labels in one line, "cat, dog", in place of `labels`. They are parsed once, however many requests bring them. */
  readonly labelText?: string | undefined;
  readonly labelTable?: string | undefined;
  /** A label set that is stored, or ships with labelwise. */
  readonly labelSet?: string | undefined;
  readonly labelSetVersion?: number | undefined;
  /** Decide each label by itself. */
  readonly multiple?: boolean | undefined;
}

/** Labels ready to rank, with what the client should know of them. */
export type BoundRequest = (OpenedZeroShot | OpenedSeveral) & { readonly warnings: readonly string[] };

/** Label sets of requests that stay bound; a set of 1,000 labels takes 2 to 6 MB. */
const MOST_BOUND = 32;

/** Embeds the labels of requests, each choice once: until its label set is stored again or taught, or the model is opened again. */
export class BoundLabels {
  readonly #workspace: Workspace;
  readonly #standard: string | undefined;
  readonly #known = new Map<string, Promise<BoundRequest>>();

  /** @param standard the label set of requests that name no labels */
  constructor(workspace: Workspace, standard: string | undefined) {
    this.#workspace = workspace;
    this.#standard = standard;
  }

  async bind(request: LabelRequest): Promise<BoundRequest> {
    const { topK: _, ...choice } = this.#withStandard(request);
    const name = choice.labelSet ?? choice.labelTable;
    const stamp = name === undefined ? '' : await stampOfLabelSet(this.#workspace, name);
    const key = JSON.stringify([choice, stamp]);
    const bound = this.#known.get(key) ?? this.#open(choice);
    this.#known.delete(key);
    this.#known.set(key, bound); // the last used stands last
    bound.catch(() => this.#known.delete(key));
    if (this.#known.size > MOST_BOUND) this.#known.delete(this.#known.keys().next().value as string);
    return bound;
  }

  /** Forgets all: another model would embed them otherwise. */
  clear(): void {
    this.#known.clear();
  }

  #withStandard(request: LabelRequest): LabelRequest {
    const { labelText, labels = labelText, labelTable, labelSet, labelSetVersion } = request;
    const named = Object.entries({ labels, labelTable, labelSet }).filter(([, value]) => value !== undefined);
    const [first, second] = named;
    if (first && second)
      throw new RequestProblem(400, 'INVALID_ARGUMENT', `Expected one of \`${first[0]}\` and \`${second[0]}\`, got both.`);
    if (labelSetVersion !== undefined && labelSet === undefined)
      throw new RequestProblem(400, 'INVALID_ARGUMENT', 'Expected `labelSet` beside `labelSetVersion`, got none.');
    return first === undefined && this.#standard !== undefined ? { ...request, labelSet: this.#standard } : request;
  }

  async #open({ labelText, labelSet, labelSetVersion: version, multiple, ...given }: Omit<LabelRequest, 'topK'>): Promise<BoundRequest> {
    const choice = labelText === undefined ? given : { ...given, labels: parseLabelList(labelText) };
    refuseBesideTable(choice);
    const { warnings, onWarning } = gatherWarnings();
    const { templates, templateSet } = choice;
    const named = labelSet === undefined ? {} : await resolveLabelSet(this.#workspace, { name: labelSet, version, templates, templateSet });
    const request: ZeroShotRequest =
      labelSet === undefined ? choice : { ...choice, templates: undefined, templateSet: undefined, ...named };
    const opened = await (multiple ? openSeveral : openZeroShot)(this.#workspace, request, { onWarning });
    return { ...opened, warnings };
  }
}
