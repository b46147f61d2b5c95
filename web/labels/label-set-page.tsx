import { useState } from 'preact/hooks';
import type { LabelSet } from '../../src/client/api.js';
import { loadLabelSet } from '../api/label-sets.js';
import { count } from '../shared/format.js';
import { BackIcon, PencilIcon, TagIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { useLoaded } from '../shared/use-loaded.js';
import { addressOf, go } from '../shared/use-route.js';
import { chooseForClassify } from './choose-for-classify.js';
import { Examples } from './examples.js';
import { LabelSetEditor } from './label-set-editor.js';

const SHOWN = 60;

/** One label set: its labels, its versions and its examples. */
export function LabelSetPage({ name, onChange }: { name: string; onChange: () => void }) {
  const [version, setVersion] = useState<number | undefined>();
  const [isEditing, setEditing] = useState(false);
  const set = useLoaded(`${name} ${version}`, (signal) => loadLabelSet(name, version, signal));
  const detail = set.value;
  if (set.error !== undefined) return <Notice error={set.error} onRetry={set.reload} />;
  if (!detail) return <p class="loading quiet">Loading …</p>;
  if (isEditing)
    return (
      <LabelSetEditor
        name={name}
        labels={detail.labels}
        templates={detail.templates ?? []}
        onStored={() => {
          setEditing(false);
          setVersion(undefined);
          set.reload();
          onChange();
        }}
        onCancel={() => setEditing(false)}
      />
    );
  return (
    <article class="panel label-set">
      <a class="back quiet" href={addressOf('labels')}>
        <BackIcon />
        All label sets
      </a>
      <div class="panel-head">
        <h2>{name}</h2>
        {detail.source === 'stored' && (
          <button type="button" class="button small" onClick={() => setEditing(true)}>
            <PencilIcon />
            Edit
          </button>
        )}
        <button
          type="button"
          class="button small primary"
          onClick={() => {
            chooseForClassify(name);
            go('classify');
          }}
        >
          <TagIcon />
          Use it
        </button>
      </div>
      <Facts detail={detail} version={version} onVersion={setVersion} />
      <LabelNames labels={detail.labels.map((label) => label.name)} />
      {detail.source === 'stored' && <Examples name={name} />}
    </article>
  );
}

function Facts({
  detail,
  version,
  onVersion,
}: {
  detail: LabelSet;
  version: number | undefined;
  onVersion: (version: number | undefined) => void;
}) {
  const { labels, templates, versions, source } = detail;
  const newest = versions.at(-1)?.version;
  return (
    <div class="set-facts">
      <p class="quiet">
        {count(labels.length, 'label')}
        {source === 'shipped' && ', included with labelwise'}
        {templates &&
          templates.length > 0 &&
          `, worded as ${templates.length === 1 ? `“${templates[0]}”` : count(templates.length, 'template')}`}
      </p>
      {versions.length > 1 && (
        <label class="field inline">
          <span>Version</span>
          <select
            value={String(version ?? newest)}
            onChange={(event) => onVersion(Number(event.currentTarget.value) === newest ? undefined : Number(event.currentTarget.value))}
          >
            {versions.map((one) => (
              <option key={one.version} value={String(one.version)}>
                {one.version}, {new Date(one.createdAt).toLocaleDateString('en-GB', { dateStyle: 'medium' })}
                {one.version === newest ? ' (current)' : ''}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}

function LabelNames({ labels }: { labels: readonly string[] }) {
  const [isWhole, setWhole] = useState(false);
  return (
    <>
      <ul class="names" aria-label="Labels">
        {(isWhole ? labels : labels.slice(0, SHOWN)).map((label) => (
          <li key={label} class="chip">
            {label}
          </li>
        ))}
      </ul>
      {labels.length > SHOWN && !isWhole && (
        <button type="button" class="button small" onClick={() => setWhole(true)}>
          Show all {labels.length.toLocaleString('en')}
        </button>
      )}
    </>
  );
}
