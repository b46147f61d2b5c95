import { editLists } from './edit-lists.js';
import { isWritten, RDF } from './namespaces.js';
import { planLists, toKey } from './plan-lists.js';
import { attributesOf, readSidecar, type Sidecar } from './read-sidecar.js';
import { invalidSidecar } from './sidecar-fault.js';
import { addUndoNote, takeBack } from './undo-note.js';

/** The toolkit that our own sidecars name. */
const MADE_BY = 'labelwise';

const EMPTY = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="${MADE_BY}">
 <rdf:RDF xmlns:rdf="${RDF}">
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;

export interface MergeOptions {
  /** Also create the lists of hierarchical keywords that digiKam, Lightroom and Immich read. Those that exist are always kept up to date. */
  readonly isHierarchical?: boolean;
}

/**
 * An XMP sidecar with these keywords in dc:subject, and in the lists of hierarchical keywords that it has. The keywords that an earlier
 * export added and that are no longer given are deleted; everything else keeps its bytes. Without keywords, it is the sidecar from before
 * the first export, byte for byte unless another program has changed it since. The result is read again before it is returned.
 *
 * @returns the new text, or undefined when nothing has to change
 * @throws LabelwiseError `SIDECAR_INVALID` for a sidecar that cannot be changed safely
 */
export function mergeSidecar(existing: string | undefined, keywords: readonly string[], options: MergeOptions = {}): string | undefined {
  const wanted = [...new Set(keywords.map(toKey).filter((keyword) => keyword !== ''))];
  if (existing === undefined) return wanted.length === 0 ? undefined : merge(EMPTY, wanted, options);
  const before = takeBack(existing);
  if (!before.isOriginal && merge(before.text, wanted, options) === undefined && before.text === existing) return undefined;
  const original = before.isOriginal ? before.text : (merge(before.text, [], options) ?? before.text);
  const merged = merge(original, wanted, options) ?? original;
  const isUndone = merged === original || merge(merged, [], options) === original;
  const after = isUndone ? merged : addUndoNote(merged, original);
  return after === existing ? undefined : after;
}

/** Whether a sidecar that labelwise made holds nothing else by now. */
export function isLeftEmpty(text: string): boolean {
  if (text === EMPTY) return true;
  if (!text.includes(`x:xmptk="${MADE_BY}"`) || /<!--/.test(text)) return false;
  return readSidecar(text).descriptions.every((description) => description.children.length + attributesOf(description).length === 0);
}

function merge(existing: string, wanted: readonly string[], { isHierarchical = false }: MergeOptions): string | undefined {
  const before = readSidecar(existing);
  const plans = planLists(before, wanted, isHierarchical);
  if (plans.every(({ added, removed }) => added.length + removed.length === 0)) return undefined;
  const merged = editLists(before, plans);
  const after = readSidecar(merged);
  const again = planLists(after, wanted, isHierarchical);
  const isWhole =
    again.every(({ added, removed, foreign }, i) => added.length + removed.length === 0 && isSame(foreign, plans[i]?.foreign ?? [])) &&
    isSame(othersIn(before), othersIn(after));
  if (!isWhole) throw invalidSidecar('its keywords are written in a form that labelwise does not understand');
  return merged;
}

/** The properties of others, as they are written. */
const othersIn = ({ source, descriptions }: Sidecar): string[] =>
  descriptions.flatMap((description) => [
    ...attributesOf(description)
      .filter((attribute) => !isWritten(attribute))
      .map(({ uri, local, value }) => `${uri}${local}=${value}`),
    ...description.children.filter((child) => !isWritten(child)).map(({ start, end }) => source.slice(start, end)),
  ]);

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((value, i) => value === b[i]);
