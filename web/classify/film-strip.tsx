import { CloseIcon } from '../shared/icons.js';
import type { Pictures } from './use-pictures.js';

/** All pictures with their first labels, where there are several. */
export function FilmStrip({ pictures, labelOf }: { pictures: Pictures; labelOf: (id: number) => string }) {
  const { all, selected } = pictures;
  if (all.length < 2) return null;
  return (
    <ul class="film" aria-label="Pictures">
      {all.map(({ id, name, url, error }) => (
        <li key={id} class="film-item">
          <button
            type="button"
            class="film-button"
            aria-pressed={id === selected?.id}
            aria-label={`${name}${labelOf(id) && `: ${labelOf(id)}`}`}
            onClick={() => pictures.select(id)}
          >
            <img src={url} alt="" />
            <span class={error ? 'film-label bad' : 'film-label'}>{error ? 'failed' : labelOf(id) || '…'}</span>
          </button>
          <button type="button" class="film-remove" aria-label={`Remove ${name}`} onClick={() => pictures.remove(id)}>
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}
