import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { show } from '../core/assert-option.js';
import { pick, type Schema } from '../core/known-fields.js';
import type { ImageSource } from '../core/ports.js';
import type { OpenedDataset } from '../datasets/opened-dataset.js';
import { warnProcess } from '../encoders/load-encoder.js';
import { closedError, LabelwiseError } from '../errors.js';
import type { Results } from '../eval/results/results-schema.js';
import { isObjectAddress, resolveImage, resolvePlace } from '../files/object-address.js';
import type { Surroundings } from '../hub/surroundings.js';
import { describeSource, refuseImageSource } from '../images/describe-source.js';
import { DEFAULT_CACHE_BYTES } from '../store/open-cache-or-warn.js';
import { toLabelSet } from '../tasks/bind-labels.js';
import { imageClassifier } from '../tasks/classify-images.js';
import type { Evaluated } from '../tasks/evaluate/evaluate.js';
import { openWorkspace as openTaskWorkspace, type TaskOptions } from '../tasks/workspace.js';
import {
  BACKUP,
  CALIBRATE,
  CALL,
  CLASSIFY,
  CORRECT,
  DISCOVER,
  DUPLICATES,
  EVALUATE,
  EXPORT,
  FORGET,
  INDEX,
  RESTORE,
  SEARCH,
  SETTINGS,
  TAG,
  TEACH,
  WATCH,
} from './fields.js';
import type { Workspace, WorkspaceEvaluateRequest, WorkspaceOptions } from './workspace.js';

/** Opens a workspace with surroundings that the door has found. Nothing is read, loaded or made before a verb asks for it. */
export function openWorkspace(options: WorkspaceOptions & Surroundings): Workspace {
  const call = pick<Omit<WorkspaceOptions, keyof TaskOptions> & Surroundings, TaskOptions>('openWorkspace', SETTINGS, options, CALL);
  const { db, cache: folder, cacheMaxBytes: maxBytes = DEFAULT_CACHE_BYTES, cwd = process.cwd(), bytesOnly, ...settings } = call.request;
  assertFolder('db', db, 'the folder of a database');
  const absolute = (path: string): string => resolveImage(cwd, path);
  const within = (folder: string | undefined): string | undefined => (folder === undefined ? undefined : resolvePlace(cwd, folder));
  const absolutes = (folders: readonly string[] | undefined): string[] | undefined => {
    if (folders !== undefined && !Array.isArray(folders))
      throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`folders\` to be an array of paths, got ${show(folders)}.`);
    return folders?.map((folder) => resolvePlace(cwd, folder));
  };
  const cache = folder === undefined ? undefined : { folder: absolute(folder), maxBytes };
  const workspace = openTaskWorkspace(
    { ...settings, db: isObjectAddress(db) ? db : absolute(db), cache, cwd },
    { onWarning: warnProcess, ...call.options },
  );
  const closing = new AbortController();
  const take = <Request extends object>(verb: string, fields: Schema<Request>, given: Request & TaskOptions) => {
    const { request, options } = pick(verb, fields, given, CALL);
    return { request: inFolder(request, cwd), options };
  };
  const classify = imageClassifier(workspace, { bytesOnly });
  return {
    async index(given = {}) {
      const { request, options } = take('index', INDEX, given);
      const { indexImages } = await import('../tasks/index-images.js');
      return indexImages(workspace, { ...request, folders: absolutes(request.folders) }, options);
    },
    async watch(given = {}) {
      const { request, options } = take('watch', WATCH, given);
      const { onSummary, ...rest } = request;
      const signal = AbortSignal.any([closing.signal, ...(options.signal ? [options.signal] : [])]);
      const { watchImages } = await import('../tasks/index-images.js');
      await watchImages(workspace, { ...rest, folders: absolutes(rest.folders) }, { ...options, signal, onSummary });
    },
    async status(given = {}) {
      const { options } = take('status', {}, given);
      const { readStatus } = await import('../tasks/maintain-index.js');
      return readStatus(workspace, options);
    },
    async forget(given) {
      const { request, options } = take('forget', FORGET, given);
      const { forgetIndexed } = await import('../tasks/forget-folders.js');
      return forgetIndexed(workspace, absolutes(request.folders) ?? [], options);
    },
    async backup(given) {
      const { request, options } = take('backup', BACKUP, given);
      assertFolder('folder', request.folder);
      const { backUpIndex } = await import('../tasks/backup-index.js');
      return backUpIndex(workspace, request, options);
    },
    async restore(given) {
      const { request, options } = take('restore', RESTORE, given);
      assertFolder('folder', request.folder);
      const { restoreIndex } = await import('../tasks/backup-index.js');
      return restoreIndex(workspace, request, options);
    },
    async search(given) {
      const { request, options } = take('search', SEARCH, given);
      const images = request.images?.map(({ image, weight }) => ({ image: toImage(image), weight }));
      const { searchImages } = await import('../tasks/search/search-images.js');
      return searchImages(workspace, { ...request, images, in: within(request.in) }, options);
    },
    async tag(given) {
      const { request, options } = take('tag', TAG, given);
      const { tagImages } = await import('../tasks/tags/tag-images.js');
      return tagImages(workspace, request, options);
    },
    async teach(given) {
      const { request, options } = take('teach', TEACH, given);
      const add = request.add?.flatMap(({ label, images }) =>
        images.map((image) => ({ label, image: toImage(image), source: describeSource(image) })),
      );
      const { teach } = await import('../tasks/teach/teach.js');
      return teach(workspace, { ...request, add }, options);
    },
    async correctTags(given) {
      const { request, options } = take('correctTags', CORRECT, given);
      const images = request.images.map((name) => ({ path: absolute(name), name }));
      const { correctTags } = await import('../tasks/tags/correct-tags.js');
      return correctTags(workspace, { ...request, images }, options);
    },
    async duplicates(given = {}) {
      const { request, options } = take('duplicates', DUPLICATES, given);
      const { findDuplicates } = await import('../tasks/find-duplicates.js');
      return findDuplicates(workspace, request, options);
    },
    async discover(given = {}) {
      const { request, options } = take('discover', DISCOVER, given);
      const { discover } = await import('../tasks/discover/discover.js');
      return discover(workspace, { ...request, in: within(request.in) }, options);
    },
    async export(given) {
      const { request, options } = take('export', EXPORT, given);
      const { exportImages } = await import('../tasks/export/export-images.js');
      return exportImages(
        workspace,
        { ...request, in: within(request.in), out: request.out === undefined ? undefined : absolute(request.out) },
        options,
      );
    },
    async evaluate(given) {
      const { request, options } = take('evaluate', EVALUATE, given);
      return evaluateIn({ ...request, report: request.report === undefined ? undefined : absolute(request.report) }, options);
    },
    async calibrate(given) {
      const { request, options } = take('calibrate', CALIBRATE, given);
      const datasets = await Promise.all(request.datasets.map((one) => (typeof one === 'string' ? openNamed(one, options) : one)));
      const labels = request.labels === undefined ? undefined : toLabelSet(request.labels);
      const { calibrate } = await import('../tasks/calibrate.js');
      return calibrate(workspace, { ...request, datasets, labels }, options);
    },
    async classify(images, given) {
      const { request, options } = take('classify', CLASSIFY, given);
      return classify(Array.isArray(images) ? images.map(toImage) : toImage(images as ImageSource), request, options);
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  function close(): Promise<void> {
    closing.abort(closedError('workspace'));
    return workspace.close();
  }

  /** A path from `cwd` on; URLs and bytes as they are. */
  function toImage(image: ImageSource): ImageSource {
    const refusal = refuseImageSource(image, bytesOnly);
    if (refusal) throw refusal;
    return typeof image === 'string' && !/^(?:[a-z]+:\/\/|data:)/i.test(image) ? absolute(image) : image;
  }

  async function evaluateIn(
    { dataset: source, labels, examples, ...request }: WorkspaceEvaluateRequest,
    options: TaskOptions,
  ): Promise<Results> {
    const { evaluate } = await import('../tasks/evaluate/evaluate.js');
    const dataset = typeof source === 'string' ? await openNamed(source, options) : source;
    const deliver = async (evaluated: Evaluated): Promise<void> => {
      if (request.report === undefined) return;
      const { writeReport } = await import('../pages/evaluation/write-report.js');
      await writeReport(evaluated, { dataset, clipBenchmark: false, signal: options.signal });
    };
    const chosen = labels === undefined ? undefined : { labelSet: toLabelSet(labels), source: 'labels of the call', examples };
    return evaluate(workspace, { ...request, dataset, labels: chosen, deliver }, options);
  }

  async function openNamed(source: string, { signal, onWarning }: TaskOptions): Promise<OpenedDataset> {
    const { openDataset } = await import('../datasets/open-dataset.js');
    const { home, hub } = settings;
    const path = absolute(source);
    return openDataset(existsSync(path) ? path : source, { home, hub, signal, onWarning: onWarning ?? workspace.warn });
  }
}

/** Files of template sets that a request names, from `cwd` on. */
function inFolder<Request extends object>(request: Request, cwd: string): Request {
  const { templateSet, templateSets } = request as { templateSet?: unknown; templateSets?: unknown };
  const toFile = (name: unknown): unknown => (typeof name === 'string' && name.endsWith('.json') ? resolve(cwd, name) : name);
  return {
    ...request,
    ...(templateSet === undefined ? {} : { templateSet: toFile(templateSet) }),
    ...(Array.isArray(templateSets) ? { templateSets: templateSets.map(toFile) } : {}),
  };
}

function assertFolder(option: string, value: unknown, what = 'a folder'): void {
  if (typeof value === 'string' && value !== '') return;
  throw new LabelwiseError('INVALID_ARGUMENT', `Expected \`${option}\` to be ${what}, got ${show(value)}.`);
}
