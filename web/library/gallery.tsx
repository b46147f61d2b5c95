import { useEffect, useRef, useState } from 'preact/hooks';
import type { Image } from '../../src/client/api.js';
import { CheckIcon } from '../shared/icons.js';
import { groupByMonth } from './group-by-month.js';
import { nextInDirection } from './next-in-direction.js';
import { Thumbnail } from './thumbnail.js';

interface Props {
  readonly images: readonly Image[];
  /** By month, where they come in the order of their dates. */
  readonly isByDate: boolean;
  readonly hasMore: boolean;
  readonly isSelecting: boolean;
  readonly selected: ReadonlySet<string>;
  readonly onOpen: (id: string) => void;
  readonly onToggle: (id: string) => void;
  readonly onMore: () => void;
}

/** Pictures in rows of one height. One of them takes part in the tab order; the arrow keys move to the others. */
export function Gallery({ images, isByDate, hasMore, isSelecting, selected, onOpen, onToggle, onMore }: Props) {
  const [activeId, setActiveId] = useState<string | undefined>();
  const active = images.some(({ id }) => id === activeId) ? activeId : images[0]?.id;
  const groups = isByDate ? groupByMonth(images) : [{ title: '', images }];
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const next = nextInDirection(event.currentTarget, event.target as HTMLElement, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: 'nearest' });
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move the focus among the buttons within
    <div class="gallery" onKeyDown={onKeyDown}>
      {groups.map(({ title, images: group }) => (
        <section key={title} aria-label={title === '' ? 'Pictures' : title}>
          {title !== '' && <h2 class="month">{title}</h2>}
          <ul class="rows">
            {group.map((image) => (
              <Cell
                key={image.id}
                {...{ image, isSelecting }}
                isActive={image.id === active}
                isSelected={selected.has(image.id)}
                onFocus={() => setActiveId(image.id)}
                onPress={() => (isSelecting ? onToggle(image.id) : onOpen(image.id))}
              />
            ))}
          </ul>
        </section>
      ))}
      {hasMore && <MoreMark key={images.length} onMore={onMore} />}
    </div>
  );
}

interface CellProps {
  readonly image: Image;
  readonly isActive: boolean;
  readonly isSelecting: boolean;
  readonly isSelected: boolean;
  readonly onFocus: () => void;
  readonly onPress: () => void;
}

function Cell({ image: { id, name, width, height, similarity }, isActive, isSelecting, isSelected, onFocus, onPress }: CellProps) {
  const ratio = Math.min(2.6, Math.max(0.5, (width ?? 4) / (height ?? 3)));
  return (
    <li class="cell" style={{ flexGrow: String(ratio), flexBasis: `calc(var(--row) * ${ratio})`, aspectRatio: String(ratio) }}>
      <button
        type="button"
        class={`cell-button${isSelected ? ' is-selected' : ''}`}
        data-id={id}
        tabIndex={isActive ? 0 : -1}
        aria-label={name}
        aria-pressed={isSelecting ? isSelected : undefined}
        title={similarity == null ? name : `${name}, similarity ${similarity.toFixed(3)}`}
        onFocus={onFocus}
        onClick={onPress}
      >
        <Thumbnail id={id} side={320} alt="" />
        {isSelecting && <span class="cell-check">{isSelected && <CheckIcon />}</span>}
      </button>
    </li>
  );
}

/** Asks for the next page when the end comes near. */
function MoreMark({ onMore }: { onMore: () => void }) {
  const mark = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore(), { rootMargin: '900px' });
    seen.observe(mark.current as HTMLDivElement);
    return () => seen.disconnect();
  });
  return <div ref={mark} class="more-mark" />;
}
