import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Prediction } from '../../src/client/api.js';
import { percent } from '../shared/format.js';
import { CloseIcon } from '../shared/icons.js';

interface Props {
  readonly name: string;
  readonly predictions: readonly Prediction[];
  /** The label that is being typed. */
  readonly draft: string;
  readonly isSure: (prediction: Prediction, place: number) => boolean;
  readonly onRemove?: ((label: string) => void) | undefined;
}

const SHOWN = 15;

/** Labels with bars, best first. Rows glide to their new places. */
export function RankedLabels({ name, predictions, draft, isSure, onRemove }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? predictions : predictions.slice(0, SHOWN);
  useGliding(list, shown.map(({ label }) => label).join('\n'));
  return (
    <>
      <ol class="ranked" aria-label={name} ref={list}>
        {shown.map((prediction, place) => (
          <Row
            key={prediction.label}
            {...{ prediction, onRemove }}
            isDraft={prediction.label === draft}
            isSure={isSure(prediction, place)}
          />
        ))}
      </ol>
      {predictions.length > SHOWN && (
        <button type="button" class="button small quiet-button" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Show fewer' : `Show all ${predictions.length.toLocaleString('en')}`}
        </button>
      )}
    </>
  );
}

interface RowProps {
  readonly prediction: Prediction;
  readonly isDraft: boolean;
  readonly isSure: boolean;
  readonly onRemove: ((label: string) => void) | undefined;
}

function Row({ prediction: { label, probability, similarity }, isDraft, isSure, onRemove }: RowProps) {
  const share = probability ?? Math.max(0, similarity);
  return (
    <li class={`ranked-row${isSure ? ' is-sure' : ''}${isDraft ? ' is-draft' : ''}`} data-label={label}>
      <span class="ranked-label">{label}</span>
      <span class="ranked-share">{probability === null ? similarity.toFixed(3) : percent(probability)}</span>
      <span class="ranked-track" aria-hidden="true">
        <span class="ranked-bar" style={{ transform: `scaleX(${Math.max(0.004, share)})` }} />
      </span>
      {onRemove && !isDraft ? (
        <button type="button" class="ranked-remove" aria-label={`Remove ${label}`} onClick={() => onRemove(label)}>
          <CloseIcon />
        </button>
      ) : (
        <span class="ranked-remove" />
      )}
    </li>
  );
}

/** First, last, invert, play: a row that moved starts from where it was. */
function useGliding(list: { readonly current: HTMLOListElement | null }, order: string): void {
  const tops = useRef(new Map<string, number>());
  useLayoutEffect(() => {
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const next = new Map<string, number>();
    for (const row of list.current?.children ?? []) {
      const { label = '' } = (row as HTMLElement).dataset;
      const top = (row as HTMLElement).offsetTop;
      const before = tops.current.get(label);
      next.set(label, top);
      if (before !== undefined && before !== top && !isStill)
        row.animate([{ transform: `translateY(${before - top}px)` }, { transform: 'none' }], {
          duration: 260,
          easing: 'cubic-bezier(.2,.8,.2,1)',
        });
    }
    tops.current = next;
  }, [order]);
}
