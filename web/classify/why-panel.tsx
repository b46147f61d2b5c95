import { useEffect, useState } from 'preact/hooks';
import type { Explanation } from '../../src/client/api.js';
import type { Choice } from '../api/classify.js';
import { explainPicture } from '../api/explain.js';
import { isAbort } from '../api/refusal.js';
import { percent } from '../shared/format.js';
import { Notice } from '../shared/notice.js';
import type { Picture } from './use-pictures.js';

interface Props {
  readonly picture: Picture;
  readonly choice: Choice;
  readonly onHeat: (cells: readonly number[] | undefined) => void;
}

/** Why this answer: which part of the picture matters, what came second, and how much the wording matters. */
export function WhyPanel({ picture, choice, onHeat }: Props) {
  const [explanation, setExplanation] = useState<Explanation | undefined>();
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);
  const question = JSON.stringify([picture.id, choice, attempt]);
  useEffect(() => {
    const stopped = new AbortController();
    setExplanation(undefined);
    setError(undefined);
    onHeat(undefined);
    explainPicture(picture.file, choice, stopped.signal).then(
      (found) => {
        setExplanation(found);
        onHeat(found.heatMap?.cells);
      },
      (failure: unknown) => isAbort(failure) || setError(failure),
    );
    return () => {
      stopped.abort();
      onHeat(undefined);
    };
  }, [question]);
  return (
    <section class="panel why" aria-label="Why this answer" aria-busy={!explanation && !error}>
      <h2>Why</h2>
      {error !== undefined && <Notice error={error} onRetry={() => setAttempt(attempt + 1)} />}
      {!error && !explanation && (
        <p class="quiet waiting" role="status">
          Hiding one part of the picture after another …
        </p>
      )}
      {explanation && <Reasons explanation={explanation} />}
    </section>
  );
}

function Reasons({ explanation: { label, runnerUp, nearestLabels, byTemplate, heatMap } }: { explanation: Explanation }) {
  const agreeing = byTemplate.filter((one) => one.label === label).length;
  const [nearest] = nearestLabels;
  return (
    <dl class="facts">
      {heatMap && (
        <div>
          <dt>Where it looks</dt>
          <dd>
            {heatMap.largestDrop < 0.01
              ? 'No part of the picture matters more than the others.'
              : `The bright part of the picture. Hiding it costs ${percent(Math.min(1, heatMap.largestDrop))} of the lead.`}
          </dd>
        </div>
      )}
      {runnerUp && (
        <div>
          <dt>What came second</dt>
          <dd>
            {runnerUp.label}, {runnerUp.margin < 0.01 ? 'very close behind' : runnerUp.margin < 0.03 ? 'close behind' : 'far behind'}{' '}
            (similarity {runnerUp.margin.toFixed(3)} less)
          </dd>
        </div>
      )}
      {byTemplate.length > 0 && (
        <div>
          <dt>Does the wording matter?</dt>
          <dd>
            {agreeing === byTemplate.length
              ? `No: all ${byTemplate.length} wordings agree.`
              : `${agreeing} of ${byTemplate.length} wordings agree.`}
            {agreeing < byTemplate.length && (
              <ul class="wordings">
                {byTemplate
                  .filter((one) => one.label !== label)
                  .map((one) => (
                    <li key={one.template}>
                      “{one.template}” says {one.label}
                    </li>
                  ))}
              </ul>
            )}
          </dd>
        </div>
      )}
      {nearest && (
        <div>
          <dt>Most like it to the model</dt>
          <dd>
            {nearest.label} (similarity {nearest.similarity.toFixed(2)})
            {nearest.similarity > 0.95 && '. The two mean nearly the same to it: drop one, or describe them better.'}
          </dd>
        </div>
      )}
    </dl>
  );
}
