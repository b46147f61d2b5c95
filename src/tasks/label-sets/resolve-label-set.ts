import { listShipped, loadLabelSet } from '../../home/data-files.js';
import { folderLocation } from '../../store/location.js';
import { EXAMPLES_PREFIX } from '../../store/table-names.js';
import type { TemplateChoice } from '../embed-labels.js';
import type { ZeroShotRequest } from '../open-zero-shot.js';
import type { Workspace } from '../workspace.js';
import { loadStoredLabels } from './label-sets.js';

/** A label set by its name: one that ships with labelwise, or one of the database. */
export interface NamedLabels extends TemplateChoice {
  readonly name: string;
  /** A former version of a stored label set; the newest by default. */
  readonly version?: number | undefined;
}

/** The labels that a name stands for, as a request for a classifier. What was taught under the name counts. */
export async function resolveLabelSet(
  workspace: Workspace,
  { name, version, templates, templateSet }: NamedLabels,
): Promise<Pick<ZeroShotRequest, 'labels' | 'labelTable' | 'examples' | 'templates' | 'templateSet'>> {
  const own = { templates, templateSet };
  if (version === undefined && (await listShipped('label set')).includes(name))
    return { labels: await loadLabelSet(name), examples: name, ...own };
  const stored = await loadStoredLabels(workspace, name, version);
  const hasOwn = (templates ?? templateSet) !== undefined;
  const { fingerprint } = (await workspace.encoder()).info;
  if (!hasOwn && version === undefined && stored.encoder.fingerprint === fingerprint) return { labelTable: name };
  return { labels: stored.labelSet, examples: name, ...(hasOwn ? own : { templates: stored.templates }) };
}

/** Changes whenever the answers of a label set may: with its versions, and with what it was taught. */
export async function stampOfLabelSet({ settings }: Workspace, name: string): Promise<string> {
  if (/[/\\]/.test(name)) return '';
  const location = folderLocation(settings.db, '`db`');
  return JSON.stringify(await Promise.all([name, EXAMPLES_PREFIX + name].map((table) => location.stampOf(table))));
}
