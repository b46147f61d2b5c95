import { useEffect, useRef, useState } from 'preact/hooks';
import { giveKey, onKeyNeeded } from '../api/key.js';

/** Asks for the key of a service that has keys. */
export function KeyDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState<string | undefined>();
  const [key, setKey] = useState('');
  useEffect(() => onKeyNeeded(setReason), []);
  useEffect(() => {
    if (reason !== undefined && !dialog.current?.open) dialog.current?.showModal();
  }, [reason]);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (key.trim() === '') return;
    dialog.current?.close();
    setReason(undefined);
    setKey('');
    giveKey(key);
  };
  return (
    <dialog ref={dialog} class="dialog key-dialog" aria-labelledby="key-title" onCancel={(event) => event.preventDefault()}>
      <form onSubmit={submit}>
        <h2 id="key-title">This service needs a key</h2>
        <p class="quiet">Ask whoever runs it. The key stays in this tab and is forgotten when you close it.</p>
        <label class="field">
          <span>Key</span>
          <input
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            placeholder="lw_…"
            value={key}
            aria-invalid={reason ? 'true' : undefined}
            aria-describedby={reason ? 'key-reason' : undefined}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        {reason && (
          <p id="key-reason" class="bad" role="alert">
            {reason}
          </p>
        )}
        <button type="submit" class="button primary wide">
          Continue
        </button>
      </form>
    </dialog>
  );
}
