import { useState } from 'preact/hooks';
import { type LabelSetSummary, loadLabelSets } from '../api/label-sets.js';
import { Empty } from '../shared/empty.js';
import { ListIcon, PlusIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { useLoaded } from '../shared/use-loaded.js';
import { addressOf, go } from '../shared/use-route.js';
import { LabelSetEditor } from './label-set-editor.js';
import { LabelSetPage } from './label-set-page.js';

/** Label sets: those of one's own, with versions and examples, and those that ship with labelwise. */
export function LabelsView({ address }: { address: URLSearchParams }) {
  const sets = useLoaded('label-sets', loadLabelSets);
  const [isNew, setNew] = useState(false);
  const name = address.get('set') ?? '';
  const stored = sets.value?.filter(({ source }) => source === 'stored') ?? [];
  const shipped = sets.value?.filter(({ source }) => source === 'shipped') ?? [];
  return (
    <div class={`split${name !== '' || isNew ? ' has-detail' : ''}`}>
      <h1 class="visually-hidden">Label sets</h1>
      <div class="split-list">
        <div class="view-head">
          <p class="view-title" aria-hidden="true">
            Label sets
          </p>
          <button
            type="button"
            class="button small"
            onClick={() => {
              setNew(true);
              go('labels');
            }}
          >
            <PlusIcon />
            New
          </button>
        </div>
        {sets.error !== undefined && <Notice error={sets.error} onRetry={sets.reload} />}
        <SetList title="Yours" sets={stored} current={name} onChoose={() => setNew(false)} />
        {sets.value && stored.length === 0 && (
          <p class="quiet">None yet. Save a list of labels to use it by name, and to teach it from examples.</p>
        )}
        <SetList title="Included" sets={shipped} current={name} onChoose={() => setNew(false)} />
      </div>
      <div class="split-detail">
        {isNew && name === '' ? (
          <LabelSetEditor
            name=""
            labels={[]}
            templates={[]}
            onStored={(saved) => {
              setNew(false);
              sets.reload();
              go('labels', { set: saved });
            }}
            onCancel={() => setNew(false)}
          />
        ) : name === '' ? (
          <Empty Icon={ListIcon} title="Choose a label set">
            <p>A label set is a list of labels with a name. It keeps its versions, and learns from examples.</p>
          </Empty>
        ) : (
          <LabelSetPage key={name} name={name} onChange={sets.reload} />
        )}
      </div>
    </div>
  );
}

function SetList({
  title,
  sets,
  current,
  onChoose,
}: {
  title: string;
  sets: readonly LabelSetSummary[];
  current: string;
  onChoose: () => void;
}) {
  if (sets.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 class="list-title">{title}</h2>
      <ul class="set-list">
        {sets.map(({ name, labels }) => (
          <li key={name}>
            <a href={addressOf('labels', { set: name })} aria-current={name === current ? 'true' : undefined} onClick={onChoose}>
              <span>{name}</span>
              <span class="set-count">{labels.toLocaleString('en')}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
