import { useEffect, useRef, useState } from 'preact/hooks';
import { addImage } from '../api/library.js';
import { toRefusal } from '../api/refusal.js';
import { count } from '../shared/format.js';
import { PlusIcon } from '../shared/icons.js';
import { toast } from '../shared/toasts.js';
import { useDrop } from '../shared/use-drop.js';

/** Adds pictures to the library: by a button, or dropped anywhere on the view. */
export function Upload({ onAdded }: { onAdded: () => void }) {
  const chooser = useRef<HTMLInputElement>(null);
  const [progress, setProgress] = useState<{ done: number; total: number } | undefined>();
  const isGone = useRef(false);
  useEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  const add = async (files: readonly Blob[]): Promise<void> => {
    let fresh = 0;
    const failures: string[] = [];
    for (const [done, file] of files.entries()) {
      if (isGone.current) break;
      setProgress({ done, total: files.length });
      try {
        if (await addImage(file)) fresh++;
      } catch (error) {
        const { message, hint } = toRefusal(error);
        failures.push(`${file instanceof File ? file.name : 'A picture'}: ${message} ${hint ?? ''}`);
      }
    }
    setProgress(undefined);
    const known = files.length - fresh - failures.length;
    const words = [
      fresh > 0 && `Added ${count(fresh, 'picture')}.`,
      known > 0 && `${count(known, 'picture')} ${known === 1 ? 'was' : 'were'} there already.`,
    ];
    toast([...words, failures[0], failures.length > 1 && `(and ${failures.length - 1} more)`].filter(Boolean).join(' '));
    onAdded();
  };
  const isOver = useDrop((files) => void add(files));
  return (
    <>
      <button type="button" class="button" disabled={progress !== undefined} onClick={() => chooser.current?.click()}>
        <PlusIcon />
        <span role="status">{progress ? `Adding ${progress.done + 1} of ${progress.total}` : 'Add'}</span>
      </button>
      <input
        ref={chooser}
        class="visually-hidden"
        type="file"
        accept="image/*"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-role="add"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          void add(files);
        }}
      />
      {isOver && <div class="stage-over is-whole">Drop to add to the library</div>}
    </>
  );
}
