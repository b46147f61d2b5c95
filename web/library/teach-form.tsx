import { useState } from 'preact/hooks';
import type { Lesson } from '../../src/client/api.js';
import { forget, loadLabelSet, teach } from '../api/label-sets.js';
import { useLabelSets } from '../labels/use-label-sets.js';
import { useKept } from '../shared/kept.js';
import { toast, toastFailure } from '../shared/toasts.js';
import { useLoaded } from '../shared/use-loaded.js';
import { addressOf } from '../shared/use-route.js';

/** Gives pictures to a label set as examples of one of its labels. */
export function TeachForm({ ids, onTaught }: { ids: readonly string[]; onTaught?: () => void }) {
  const stored = useLabelSets().filter(({ source }) => source === 'stored');
  const [kept, setKept] = useKept('teach-set', '');
  const set = stored.some(({ name }) => name === kept) ? kept : (stored[0]?.name ?? '');
  const labels = useLoaded(set === '' ? undefined : set, (signal) => loadLabelSet(set, undefined, signal)).value?.labels ?? [];
  const [chosen, setChosen] = useState('');
  const [isBusy, setBusy] = useState(false);
  const label = labels.some(({ name }) => name === chosen) ? chosen : (labels[0]?.name ?? '');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const lesson = await teach(
        set,
        ids.map((id) => ({ label, id })),
      );
      toast(describe(lesson, set, label), () => void takeBack(set, label, ids));
      onTaught?.();
    } catch (error) {
      toastFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="teach" aria-label="Teach">
      <h3>{ids.length === 1 ? 'Teach from this example' : 'Teach from these examples'}</h3>
      {stored.length === 0 ? (
        <p class="quiet">
          Examples belong to a label set. <a href={addressOf('labels')}>Save one first</a>.
        </p>
      ) : (
        <form class="teach-form" onSubmit={submit}>
          <label class="field">
            <span>Label set</span>
            <select value={set} onChange={(event) => setKept(event.currentTarget.value)}>
              {stored.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>It shows</span>
            <select value={label} onChange={(event) => setChosen(event.currentTarget.value)}>
              {labels.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
          <button type="submit" class="button" disabled={isBusy || label === '' || ids.length === 0}>
            Teach
          </button>
        </form>
      )}
    </section>
  );
}

const describe = ({ added, summary }: Lesson, set: string, label: string): string =>
  added === 0
    ? `“${set}” knew this example of “${label}” already.`
    : `“${set}” learnt ${added === 1 ? 'an example' : `${added} examples`} of “${label}”. ${summary}`;

async function takeBack(set: string, label: string, ids: readonly string[]): Promise<void> {
  try {
    for (const id of ids) await forget(set, { label, id });
    toast('The example is forgotten.');
  } catch (error) {
    toastFailure(error);
  }
}
