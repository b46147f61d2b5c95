import { useEffect, useRef, useState } from 'preact/hooks';
import { removeImage } from '../api/library.js';
import { count } from '../shared/format.js';
import { toast, toastFailure } from '../shared/toasts.js';
import { describeRemoval, type Removal } from './describe-removal.js';

interface Props {
  readonly ids: readonly string[];
  /** Which files are deleted and which stay. */
  readonly removal: Removal;
  readonly onClose: () => void;
  /** Called with those that are gone, also where others could not be removed. */
  readonly onRemoved: (ids: readonly string[]) => void;
}

/** Asks before pictures leave the library, and says what becomes of their files. */
export function RemoveDialog({ ids, removal, onClose, onRemoved }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isRemoving, setRemoving] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const remove = async (): Promise<void> => {
    setRemoving(true);
    const gone: string[] = [];
    try {
      for (const id of ids) {
        await removeImage(id);
        gone.push(id);
      }
      toast(`Removed ${count(gone.length, 'picture')} from the library.`);
    } catch (error) {
      toastFailure(error);
    }
    dialog.current?.close();
    onRemoved(gone);
  };
  const { title, text } = describeRemoval(ids.length, removal);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="remove-title" aria-describedby="remove-text" onClose={onClose}>
      <form method="dialog">
        <h2 id="remove-title">{title}</h2>
        <p id="remove-text">{text}</p>
        <div class="dialog-actions">
          <button type="submit" class="button" disabled={isRemoving}>
            Keep
          </button>
          <button type="button" class="button danger" disabled={isRemoving} onClick={() => void remove()}>
            {isRemoving ? 'Removing …' : 'Remove'}
          </button>
        </div>
      </form>
    </dialog>
  );
}
