import { useEffect, useId, useState } from 'preact/hooks';
import { ask } from '../api/request.js';
import type { LabelList } from './use-label-list.js';

/** The template sets that are worth offering; the others belong to one data set each. */
const WORDINGS = [
  ['', 'A photo of a …'],
  ['single', 'The label alone'],
  ['imagenet-7', 'Seven kinds of photo, averaged'],
  ['cifar-18', 'Small, blurry and dark photos too'],
  ['imagenet-80', 'Eighty wordings, averaged'],
  ['own', 'My own wording'],
] as const;

/** How the answer is found: labels of one's own or stored ones, one answer or several, and the wording. */
export function AnswerOptions({ list }: { list: LabelList }) {
  const { settings, change } = list;
  const tables = useLabelTables();
  const wording = useId();
  return (
    <div class="options">
      {tables.length > 0 && (
        <label class="field">
          <span>Labels</span>
          <select value={settings.stored} onChange={(event) => change({ stored: event.currentTarget.value })}>
            <option value="">My own list</option>
            {tables.map(({ name, labels }) => (
              <option key={name} value={name}>
                {name} ({labels.toLocaleString('en')})
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="switch">
        <input type="checkbox" role="switch" checked={settings.isMultiple} onChange={(event) => change({ isMultiple: event.currentTarget.checked })} />
        <span>Several labels may be right</span>
      </label>
      <label class={`switch${settings.isMultiple ? ' is-off' : ''}`}>
        <input
          type="checkbox"
          role="switch"
          disabled={settings.isMultiple}
          checked={settings.isNoneAllowed && !settings.isMultiple}
          onChange={(event) => change({ isNoneAllowed: event.currentTarget.checked })}
        />
        <span>It may be none of these</span>
      </label>
      {settings.stored === '' && (
        <label class="field" for={wording}>
          <span>Wording</span>
          <select id={wording} value={settings.wording} onChange={(event) => change({ wording: event.currentTarget.value })}>
            {WORDINGS.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
      )}
      {settings.stored === '' && settings.wording === 'own' && (
        <label class="field">
          <span>One wording a line, with {'{}'} where the label goes</span>
          <textarea
            rows={3}
            spellcheck={false}
            placeholder={'a photo of a {}\na drawing of a {}'}
            value={settings.templates}
            onInput={(event) => change({ templates: event.currentTarget.value })}
          />
        </label>
      )}
    </div>
  );
}

interface LabelTable {
  readonly name: string;
  readonly labels: number;
}

/** The label sets of the database; none where there is no database. */
function useLabelTables(): readonly LabelTable[] {
  const [tables, setTables] = useState<readonly LabelTable[]>([]);
  useEffect(() => {
    ask<{ labelTables: LabelTable[] }>('/v1/label-tables').then(({ labelTables }) => setTables(labelTables), () => {});
  }, []);
  return tables;
}
