import { useState } from 'preact/hooks';
import { PlusIcon } from '../shared/icons.js';
import type { LabelList } from './use-label-list.js';

/** Where labels are typed. What is typed counts at once; Enter or a comma keeps it. */
export function LabelInput({ list, name }: { list: LabelList; name: string }) {
  const [remark, setRemark] = useState('');
  const add = (text: string): void => {
    const known = list.add(text);
    setRemark(
      known.length === 0
        ? ''
        : `${known.map((label) => `“${label}”`).join(', ')} ${known.length === 1 ? 'is' : 'are'} in the list already.`,
    );
  };
  const onInput = (text: string): void => {
    if (/[,;\n]/.test(text)) add(text);
    else {
      setRemark('');
      list.setDraft(text);
    }
  };
  return (
    <form
      class="label-form"
      onSubmit={(event) => {
        event.preventDefault();
        add(list.draft);
      }}
    >
      <div class="label-input">
        <input
          aria-label={name}
          placeholder={list.settings.labels.length === 0 ? 'Type a label, for example: cat' : 'Add a label'}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="done"
          maxLength={1000}
          value={list.draft}
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={(event) => {
            const last = list.settings.labels.at(-1);
            if (event.key === 'Backspace' && list.draft === '' && last !== undefined) list.remove(last);
          }}
          onPaste={(event) => {
            const text = event.clipboardData?.getData('text') ?? '';
            if (!/[,;\n]/.test(text)) return;
            event.preventDefault();
            add(list.draft + text);
          }}
        />
        <button type="submit" class="icon-button" aria-label="Add the label" disabled={list.draft.trim() === ''}>
          <PlusIcon />
        </button>
      </div>
      <p class="remark" role="status">
        {remark}
      </p>
    </form>
  );
}
