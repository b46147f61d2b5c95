import { useId, useState } from 'preact/hooks';
import type { Corrected, Correction, ImageDetail } from '../../src/client/api.js';
import { changeTags, type TagCount, undoCorrection } from '../api/library.js';
import { percent } from '../shared/format.js';
import { CloseIcon, PlusIcon } from '../shared/icons.js';
import { toast, toastFailure } from '../shared/toasts.js';

interface Props {
  readonly image: ImageDetail;
  readonly tags: readonly TagCount[];
  readonly onChange: (part: Partial<ImageDetail>) => void;
  readonly onReload: () => void;
}

/** The tags of a picture. A correction by hand counts more than what the model says, and can be undone. */
export function TagEditor({ image, tags, onChange, onReload }: Props) {
  const [text, setText] = useState('');
  const known = useId();
  const undo = async ({ id }: Correction): Promise<void> => {
    try {
      await undoCorrection(image.id, id);
      onReload();
    } catch (error) {
      toastFailure(error);
    }
  };
  const correct = async (change: { add?: string[]; remove?: string[] }, words: string): Promise<void> => {
    try {
      const { tags: now, corrections }: Corrected = await changeTags(image.id, change);
      onChange({ tags: now });
      onReload();
      const [made] = corrections;
      toast(words, made && (() => void undo(made)));
    } catch (error) {
      toastFailure(error);
    }
  };
  const add = (event: Event): void => {
    event.preventDefault();
    const tag = text.trim();
    if (tag === '') return;
    setText('');
    void correct({ add: [tag] }, `Added the tag “${tag}”.`);
  };
  return (
    <section class="tag-editor" aria-label="Tags">
      <h3>Tags</h3>
      {image.tags.length === 0 && <p class="quiet">None yet.</p>}
      <ul class="tags">
        {image.tags.map(({ tag, probability }) => (
          <li key={tag} class={`tag${probability === null ? ' by-hand' : ''}`}>
            {tag}
            <span class="tag-source">{probability === null ? 'by hand' : percent(probability)}</span>
            <button
              type="button"
              aria-label={`Remove the tag ${tag}`}
              onClick={() => correct({ remove: [tag] }, `Removed the tag “${tag}”.`)}
            >
              <CloseIcon />
            </button>
          </li>
        ))}
      </ul>
      <form class="label-input" onSubmit={add}>
        <input
          aria-label="Add a tag"
          placeholder="Add a tag"
          list={known}
          autocomplete="off"
          maxLength={200}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="icon-button" aria-label="Add the tag" disabled={text.trim() === ''}>
          <PlusIcon />
        </button>
      </form>
      <datalist id={known}>
        {tags.map(({ tag }) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
      <History corrections={image.corrections} onUndo={undo} />
    </section>
  );
}

function History({ corrections, onUndo }: { corrections: readonly Correction[]; onUndo: (correction: Correction) => void }) {
  if (corrections.length === 0) return null;
  return (
    <details class="more">
      <summary>Corrected by hand ({corrections.length})</summary>
      <ul class="history">
        {corrections.map((correction) => (
          <li key={correction.id}>
            <span>
              {correction.change} “{correction.tag}”
            </span>
            <button
              type="button"
              class="link"
              aria-label={`Undo: ${correction.change} ${correction.tag}`}
              onClick={() => onUndo(correction)}
            >
              Undo
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
