import { useRef, useState } from 'preact/hooks';
import { CameraIcon, CloseIcon, PictureIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { useDrop, usePaste } from '../shared/use-drop.js';
import { CameraDialog, hasCamera } from './camera-dialog.js';
import { HeatMap } from './heat-map.js';
import { loadSample, SAMPLES } from './samples.js';
import type { Pictures } from './use-pictures.js';

interface Props {
  readonly pictures: Pictures;
  /** The answer in words, for those who do not see the picture. */
  readonly answer: string;
  readonly heat: readonly number[] | undefined;
}

/** The picture, and every way to give one. */
export function PictureStage({ pictures, answer, heat }: Props) {
  const { selected } = pictures;
  const isOver = useDrop(pictures.add);
  usePaste(pictures.add);
  return (
    <div class={`stage${isOver ? ' is-over' : ''}${selected ? '' : ' is-empty'}`}>
      {selected ? (
        <figure class="stage-picture">
          {pictures.all.length === 1 && (
            <button
              type="button"
              class="icon-button stage-remove"
              aria-label={`Remove ${selected.name}`}
              onClick={() => pictures.remove(selected.id)}
            >
              <CloseIcon />
            </button>
          )}
          <PreviewOf key={selected.id} url={selected.url} name={selected.name} answer={answer} />
          {heat && <HeatMap cells={heat} />}
          {!selected.embedded && !selected.error && <div class="stage-progress" role="progressbar" aria-label="Reading the picture" />}
        </figure>
      ) : (
        <div class="stage-invitation">
          <span class="stage-mark">
            <PictureIcon />
          </span>
          <h2 class="stage-title">Which words fit your picture?</h2>
          <p class="quiet">Drop a picture here, or paste one.</p>
        </div>
      )}
      {isOver && <div class="stage-over">Drop it</div>}
      {selected?.error !== undefined && <Notice error={selected.error} onRetry={() => pictures.retry(selected.id)} />}
      <Sources add={pictures.add} isFirst={!selected} />
    </div>
  );
}

function Sources({ add, isFirst }: { add: Pictures['add']; isFirst: boolean }) {
  const chooser = useRef<HTMLInputElement>(null);
  const taker = useRef<HTMLInputElement>(null);
  const [isCameraOpen, setCameraOpen] = useState(false);
  const addFrom = (input: HTMLInputElement): void => {
    add([...(input.files ?? [])]);
    input.value = '';
  };
  return (
    <>
      <div class="stage-actions">
        <button type="button" class={`button${isFirst ? ' primary' : ''}`} onClick={() => chooser.current?.click()}>
          <PictureIcon />
          {isFirst ? 'Choose a picture' : 'Add pictures'}
        </button>
        <button type="button" class="button" onClick={() => (hasCamera() ? setCameraOpen(true) : taker.current?.click())}>
          <CameraIcon />
          Take a picture
        </button>
        <input
          ref={chooser}
          class="visually-hidden"
          type="file"
          accept="image/*"
          multiple
          tabIndex={-1}
          aria-hidden="true"
          data-role="choose"
          onChange={(event) => addFrom(event.currentTarget)}
        />
        <input
          ref={taker}
          class="visually-hidden"
          type="file"
          accept="image/*"
          capture="environment"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => addFrom(event.currentTarget)}
        />
      </div>
      {isFirst && (
        <p class="samples quiet">
          No picture at hand? Try{' '}
          {SAMPLES.map((sample, i) => (
            <span key={sample.name}>
              {i > 0 && (i === SAMPLES.length - 1 ? ' or ' : ', ')}
              <button type="button" class="link" onClick={() => loadSample(sample).then((file) => add([file]))}>
                {sample.title}
              </button>
            </span>
          ))}
          .
        </p>
      )}
      {isCameraOpen && <CameraDialog onPicture={(picture) => add([picture])} onClose={() => setCameraOpen(false)} />}
    </>
  );
}

function PreviewOf({ url, name, answer }: { url: string; name: string; answer: string }) {
  const [isUnseen, setUnseen] = useState(false);
  if (isUnseen) return <p class="stage-unseen quiet">{name}: this browser cannot show this kind of picture, but labelwise may read it.</p>;
  return <img src={url} alt={answer === '' ? name : `${name}: ${answer}`} onError={() => setUnseen(true)} />;
}
