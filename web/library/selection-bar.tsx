import { useId, useState } from 'preact/hooks';
import type { Corrected } from '../../src/client/api.js';
import { changeTags, type TagCount, undoCorrection } from '../api/library.js';
import { count } from '../shared/format.js';
import { toast, toastFailure } from '../shared/toasts.js';
import { RemoveDialog } from './remove-dialog.js';
import { TeachForm } from './teach-form.js';

interface Props {
  readonly ids: readonly string[];
  readonly tags: readonly TagCount[];
  readonly onDone: () => void;
  readonly onTagged: () => void;
  readonly onUndone: () => void;
  readonly onRemoved: (ids: readonly string[]) => void;
}

/** What one can do with several pictures at once. */
export function SelectionBar({ ids, tags, onDone, onTagged, onUndone, onRemoved }: Props) {
  const [tag, setTag] = useState('');
  const [isTeaching, setTeaching] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const known = useId();
  const correct = async (change: 'add' | 'remove'): Promise<void> => {
    const name = tag.trim();
    try {
      const made: { image: string; corrected: Corrected }[] = [];
      for (const image of ids) made.push({ image, corrected: await changeTags(image, { [change]: [name] }) });
      const undo = async (): Promise<void> => {
        for (const { image, corrected } of made) for (const { id } of corrected.corrections) await undoCorrection(image, id);
        onTagged();
        onUndone();
      };
      toast(
        `${change === 'add' ? 'Added' : 'Removed'} the tag “${name}” (${count(ids.length, 'picture')}).`,
        () => void undo().catch(toastFailure),
      );
      setTag('');
      onTagged();
    } catch (error) {
      toastFailure(error);
    }
  };
  const isIdle = ids.length === 0 || tag.trim() === '';
  return (
    <section class="selection" aria-label="Selected pictures">
      <p class="selection-count" role="status">
        {ids.length === 0 ? 'Choose pictures' : `${ids.length} selected`}
      </p>
      <form
        class="selection-tag"
        onSubmit={(event) => {
          event.preventDefault();
          void correct('add');
        }}
      >
        <input
          class="input"
          aria-label="Tag"
          placeholder="Tag"
          list={known}
          value={tag}
          onInput={(event) => setTag(event.currentTarget.value)}
        />
        <datalist id={known}>
          {tags.map((one) => (
            <option key={one.tag} value={one.tag} />
          ))}
        </datalist>
        <button type="submit" class="button" disabled={isIdle}>
          Add
        </button>
        <button type="button" class="button" disabled={isIdle} onClick={() => correct('remove')}>
          Remove
        </button>
      </form>
      <button type="button" class="button" aria-expanded={isTeaching} onClick={() => setTeaching(!isTeaching)}>
        Teach …
      </button>
      <button type="button" class="button danger" disabled={ids.length === 0} onClick={() => setRemoving(true)}>
        Delete …
      </button>
      <button type="button" class="button" onClick={onDone}>
        Done
      </button>
      {isRemoving && <RemoveDialog {...{ ids, onRemoved }} removal="several" onClose={() => setRemoving(false)} />}
      {isTeaching && <TeachForm ids={ids} onTaught={onDone} />}
    </section>
  );
}
