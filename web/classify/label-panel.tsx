import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Prediction } from '../../src/client/api.js';
import type { Answer } from '../api/classify.js';
import { percent } from '../shared/format.js';
import { PencilIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { AnswerOptions } from './answer-options.js';
import { LabelInput } from './label-input.js';
import { RankedLabels } from './ranked-labels.js';
import { STARTERS } from './starters.js';
import { type LabelList, splitLines, withDraft } from './use-label-list.js';
import type { Ranking } from './use-ranking.js';

interface Props {
  readonly title: string;
  readonly list: LabelList;
  readonly answer: Answer | undefined;
  readonly ranking: Ranking;
  readonly hasPicture: boolean;
  readonly children?: ComponentChildren;
}

/** A list of labels and how they fit the picture. */
export function LabelPanel({ title, list, answer, ranking, hasPicture, children }: Props) {
  const { settings, draft } = list;
  const [isText, setText] = useState(false);
  const isOwn = settings.stored === '';
  const isEmpty = isOwn && settings.labels.length === 0 && draft.trim() === '';
  const predictions = answer ? answer.predictions : isOwn ? withDraft(settings.labels, draft).map(unranked) : [];
  return (
    <section class="panel label-panel" aria-label={title}>
      <div class="panel-head">
        <h2>{title}</h2>
        {isOwn && (
          <button
            type="button"
            class="icon-button"
            aria-pressed={isText}
            aria-label="Edit as text"
            title="Edit as text"
            onClick={() => setText(!isText)}
          >
            <PencilIcon />
          </button>
        )}
        {children}
      </div>
      <Verdict {...{ answer, settings, hasPicture, list }} />
      {isOwn && isText && <LabelText list={list} />}
      {isOwn && !isText && <LabelInput list={list} name={`Add a label to ${title.toLowerCase()}`} />}
      {ranking.error !== undefined && <Notice error={ranking.error} />}
      {isEmpty ? (
        <Starters list={list} />
      ) : (
        <div class="ranking" aria-busy={ranking.isPending}>
          <RankedLabels
            name={`${title}, best first`}
            draft={draft.trim()}
            predictions={predictions}
            isSure={(prediction, place) => isRight(prediction, place, answer, settings.isMultiple)}
            onRemove={isOwn ? list.remove : undefined}
          />
          {answer?.none && <NoneRow none={answer.none} />}
        </div>
      )}
      <details class="more">
        <summary>How to answer</summary>
        <AnswerOptions list={list} />
      </details>
    </section>
  );
}

const unranked = (label: string): Prediction => ({ label, similarity: 0, distance: 1, logit: null, probability: 0 });

function isRight({ label }: Prediction, place: number, answer: Answer | undefined, isMultiple: boolean): boolean {
  if (!answer) return false;
  return isMultiple ? answer.shown?.includes(label) === true : place === 0 && answer.none?.isNone !== true;
}

/** The answer in large letters. Screen readers hear it when it changes. */
function Verdict({
  answer,
  settings,
  hasPicture,
  list,
}: Pick<Props, 'answer' | 'hasPicture' | 'list'> & { settings: LabelList['settings'] }) {
  const words = verdictOf(answer, settings.isMultiple);
  if (words)
    return (
      <p class="verdict" role="status">
        <span class="verdict-label">{words.text}</span>
        {words.share !== undefined && <span class="verdict-share">{percent(words.share)}</span>}
      </p>
    );
  const isShort = list.choice === undefined && settings.stored === '';
  return (
    <p class="verdict-hint" role="status">
      {isShort && settings.labels.length + (list.draft.trim() === '' ? 0 : 1) === 1
        ? 'Add a second label, so that there is a choice.'
        : isShort
          ? 'Which words might fit? Add two or more.'
          : hasPicture
            ? 'Reading the picture …'
            : 'Add a picture to see which label fits.'}
    </p>
  );
}

function verdictOf(answer: Answer | undefined, isMultiple: boolean): { text: string; share?: number } | undefined {
  if (!answer) return undefined;
  const { none, predictions } = answer;
  if (none?.isNone) return { text: 'None of these', share: none.probability };
  if (isMultiple) return { text: answer.shown?.join(', ') || 'None of these' };
  const [best] = predictions;
  return best && { text: best.label, ...(best.probability === null ? {} : { share: best.probability }) };
}

function NoneRow({ none }: { none: NonNullable<Answer['none']> }) {
  return (
    <div class={`ranked-row none-row${none.isNone ? ' is-sure' : ''}`}>
      <span class="ranked-label">None of these</span>
      <span class="ranked-share">{percent(none.probability)}</span>
      <span class="ranked-track" aria-hidden="true">
        <span class="ranked-bar" style={{ transform: `scaleX(${Math.max(0.004, none.probability)})` }} />
      </span>
      <span class="ranked-remove" />
    </div>
  );
}

function LabelText({ list }: { list: LabelList }) {
  const [text, setText] = useState(list.settings.labels.join('\n'));
  return (
    <label class="field">
      <span>One label a line</span>
      <textarea
        rows={8}
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          list.change({ labels: splitLines(event.currentTarget.value) });
        }}
      />
    </label>
  );
}

function Starters({ list }: { list: LabelList }) {
  return (
    <div class="starters">
      <p class="quiet">Or start from a list:</p>
      <ul>
        {Object.entries(STARTERS).map(([name, labels]) => (
          <li key={name}>
            <button type="button" class="chip chip-button" onClick={() => list.add(labels)}>
              {name}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
