import { useEffect, useState } from 'preact/hooks';
import { type LabelSetSummary, loadLabelSets } from '../api/label-sets.js';

/** The label sets that are stored and those that ship with labelwise; none where they cannot be had. */
export function useLabelSets(): readonly LabelSetSummary[] {
  const [sets, setSets] = useState<readonly LabelSetSummary[]>([]);
  useEffect(() => {
    const stopped = new AbortController();
    loadLabelSets(stopped.signal).then(setSets, () => {});
    return () => stopped.abort();
  }, []);
  return sets;
}
