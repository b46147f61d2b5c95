import { useState } from 'preact/hooks';
import type { Label, StoreLabelSet } from '../../src/client/api.js';
import { storeLabelSet } from '../api/label-sets.js';
import { splitLines } from '../classify/use-label-list.js';
import { count } from '../shared/format.js';
import { Notice } from '../shared/notice.js';
import { toast } from '../shared/toasts.js';

interface Props {
  /** Blank for a new one. */
  readonly name: string;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
  readonly onStored: (name: string) => void;
  readonly onCancel: () => void;
}

/** Writes a label set, or another version of one. */
export function LabelSetEditor({ name: known, labels, templates, onStored, onCancel }: Props) {
  const [name, setName] = useState(known);
  const [text, setText] = useState(labels.map((label) => label.name).join('\n'));
  const [wording, setWording] = useState(templates.join('\n'));
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const list = splitLines(text).map((name) => toInput(name, labels));
  const own = wording
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await storeLabelSet(name.trim(), { labels: list, ...(own.length === 0 ? {} : { templates: own }) });
      toast(known === '' ? `Saved “${name.trim()}”.` : `Saved another version of “${name.trim()}”.`);
      onStored(name.trim());
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form class="panel" onSubmit={submit}>
      <h2>{known === '' ? 'New label set' : `Edit ${known}`}</h2>
      {known === '' && (
        <label class="field">
          <span>Name: letters, digits, “-”, “_” and “.”</span>
          <input
            required
            pattern="[A-Za-z0-9_][A-Za-z0-9_.\-]*"
            maxLength={128}
            autocomplete="off"
            spellcheck={false}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
      )}
      <label class="field">
        <span>Labels, one a line</span>
        <textarea required rows={10} spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Wording, one a line; blank for “a photo of a {'{}'}”</span>
        <textarea rows={2} spellcheck={false} value={wording} onInput={(event) => setWording(event.currentTarget.value)} />
      </label>
      {error !== undefined && <Notice error={error} />}
      <div class="form-actions">
        <button type="submit" class="button primary" disabled={isBusy || list.length === 0}>
          {isBusy ? 'Saving …' : `Save ${count(list.length, 'label')}`}
        </button>
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** A label that stays keeps what is known of it beside its name. */
function toInput(name: string, labels: readonly Label[]): StoreLabelSet['labels'][number] {
  const known = labels.find((label) => label.name === name);
  if (!known) return name;
  const { promptName, synonyms, parent } = known;
  return { label: name, promptName, synonyms, ...(parent === undefined ? {} : { parent }) };
}
