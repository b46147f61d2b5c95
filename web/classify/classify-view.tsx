import { useState } from 'preact/hooks';
import { BulbIcon, CloseIcon, CompareIcon } from '../shared/icons.js';
import { useKept } from '../shared/kept.js';
import { FilmStrip } from './film-strip.js';
import { LabelPanel } from './label-panel.js';
import { PictureStage } from './picture-stage.js';
import { useLabelList } from './use-label-list.js';
import { usePictures } from './use-pictures.js';
import { useRanking } from './use-ranking.js';
import { WhyPanel } from './why-panel.js';

/** Which words fit a picture: the picture on one side, the labels with their bars on the other. */
export function ClassifyView() {
  const pictures = usePictures();
  const list = useLabelList('list-a');
  const other = useLabelList('list-b');
  const [isComparing, setComparing] = useKept('compare', false);
  const [isWhy, setWhy] = useState(false);
  const [heat, setHeat] = useState<readonly number[] | undefined>();
  const ranking = useRanking(pictures, list.choice);
  const otherRanking = useRanking(pictures, isComparing ? other.choice : undefined);
  const { selected } = pictures;
  const answerOf = (id: number) => ranking.answers.get(id);
  const labelOf = (id: number): string => {
    const answer = answerOf(id);
    return answer?.none?.isNone ? 'none of these' : (answer?.predictions[0]?.label ?? '');
  };
  const answer = selected && answerOf(selected.id);
  return (
    <div class={`classify${isComparing ? ' is-comparing' : ''}`}>
      <h1 class="visually-hidden">Classify</h1>
      <div class="classify-picture">
        <PictureStage pictures={pictures} answer={selected ? labelOf(selected.id) : ''} heat={isWhy ? heat : undefined} />
        <FilmStrip pictures={pictures} labelOf={labelOf} />
        {selected && answer && (
          <div class="stage-tools">
            <button type="button" class="button small" aria-pressed={isWhy} onClick={() => setWhy(!isWhy)}>
              <BulbIcon />
              Why?
            </button>
            {ranking.milliseconds !== undefined && (
              <span class="quiet timing" data-milliseconds={Math.round(ranking.milliseconds)}>
                Ranked in {Math.max(1, Math.round(ranking.milliseconds))} ms
              </span>
            )}
          </div>
        )}
        {isWhy && selected && answer && list.choice && <WhyPanel picture={selected} choice={list.choice} onHeat={setHeat} />}
      </div>
      <LabelPanel
        title={isComparing ? 'First labels' : 'Labels'}
        list={list}
        answer={answer}
        ranking={ranking}
        hasPicture={selected !== undefined}
      >
        {!isComparing && (
          <button type="button" class="button small" onClick={() => setComparing(true)}>
            <CompareIcon />
            Compare
          </button>
        )}
      </LabelPanel>
      {isComparing && (
        <LabelPanel
          title="Second labels"
          list={other}
          answer={selected && otherRanking.answers.get(selected.id)}
          ranking={otherRanking}
          hasPicture={selected !== undefined}
        >
          <button type="button" class="icon-button" aria-label="Stop comparing" title="Stop comparing" onClick={() => setComparing(false)}>
            <CloseIcon />
          </button>
        </LabelPanel>
      )}
    </div>
  );
}
