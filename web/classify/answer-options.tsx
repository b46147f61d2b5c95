import { useId } from 'preact/hooks';
import { useLabelSets } from '../labels/use-label-sets.js';
import { Switch } from '../shared/switch.js';
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
  const sets = useLabelSets();
  const wording = useId();
  return (
    <div class="options">
      {sets.length > 0 && (
        <label class="field">
          <span>Labels</span>
          <select value={settings.stored} onChange={(event) => change({ stored: event.currentTarget.value })}>
            <option value="">My own list</option>
            {sets.map(({ name, labels }) => (
              <option key={name} value={name}>
                {name} ({labels.toLocaleString('en')})
              </option>
            ))}
          </select>
        </label>
      )}
      <Switch label="Several labels may be right" isOn={settings.isMultiple} onChange={(isMultiple) => change({ isMultiple })} />
      <Switch
        label="It may be none of these"
        isDisabled={settings.isMultiple}
        isOn={settings.isNoneAllowed && !settings.isMultiple}
        onChange={(isNoneAllowed) => change({ isNoneAllowed })}
      />
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
