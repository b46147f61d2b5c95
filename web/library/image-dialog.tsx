import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Image, ImageDetail } from '../../src/client/api.js';
import { loadImage, type TagCount } from '../api/library.js';
import { longDate } from '../shared/format.js';
import { BackIcon, CloseIcon, NextIcon, SimilarIcon, TrashIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { Toasts } from '../shared/toasts.js';
import { useLoaded } from '../shared/use-loaded.js';
import { go } from '../shared/use-route.js';
import { RemoveDialog } from './remove-dialog.js';
import { TagEditor } from './tag-editor.js';
import { TeachForm } from './teach-form.js';
import { Thumbnail } from './thumbnail.js';

interface Props {
  readonly id: string;
  readonly images: readonly Image[];
  readonly tags: readonly TagCount[];
  readonly onShow: (id: string) => void;
  readonly onClose: () => void;
  readonly onTagged: () => void;
  readonly onRemoved: (id: string) => void;
}

/** One picture of the library, large, with its facts, its tags and what one can do with it. */
export function ImageDialog({ id, images, tags, onShow, onClose, onTagged, onRemoved }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const detail = useLoaded(id, (signal) => loadImage(id, signal));
  const [isRemoving, setRemoving] = useState(false);
  const at = images.findIndex((image) => image.id === id);
  const image = detail.value?.id === id ? detail.value : undefined;
  const name = image?.name ?? images[at]?.name ?? '';
  const before = images[at - 1]?.id;
  const after = at < 0 ? undefined : images[at + 1]?.id;
  useEffect(() => {
    const opener = document.activeElement as HTMLElement | null;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      if (!shown?.open) return; // the browser gave the focus back when it closed
      shown.close();
      opener?.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isRemoving || /^(input|textarea|select)$/i.test((event.target as HTMLElement).tagName)) return;
    const next = event.key === 'ArrowRight' ? after : event.key === 'ArrowLeft' ? before : undefined;
    if (next !== undefined) onShow(next);
  };
  return (
    <dialog ref={dialog} class="viewer" aria-label={name} onClose={onClose} onKeyDown={onKeyDown}>
      <div class="viewer-picture">
        <Thumbnail key={id} id={id} side={1024} alt={name} />
        <Step name="Previous picture" target={before} {...{ onShow }}>
          <BackIcon />
        </Step>
        <Step name="Next picture" target={after} {...{ onShow }}>
          <NextIcon />
        </Step>
      </div>
      <div class="viewer-facts">
        <div class="panel-head">
          <h2 class="viewer-name">{name}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
            <CloseIcon />
          </button>
        </div>
        {detail.error !== undefined && <Notice error={detail.error} onRetry={detail.reload} />}
        {image && (
          <>
            <Facts image={image} />
            <button type="button" class="button" onClick={() => go('library', { like: id })}>
              <SimilarIcon />
              More like this
            </button>
            <TagEditor
              {...{ image, tags }}
              onChange={(part) => {
                detail.set({ ...image, ...part });
                onTagged();
              }}
              onReload={detail.reload}
            />
            <TeachForm ids={[id]} />
            <button type="button" class="button danger" onClick={() => setRemoving(true)}>
              <TrashIcon />
              Remove from the library …
            </button>
            {isRemoving && (
              <RemoveDialog
                ids={[id]}
                removal={{ name, isUploaded: image.isUploaded, files: image.names.length }}
                onClose={() => setRemoving(false)}
                onRemoved={(gone) => gone.forEach(onRemoved)}
              />
            )}
          </>
        )}
      </div>
      <Toasts />
    </dialog>
  );
}

function Step({
  name,
  target,
  onShow,
  children,
}: {
  name: string;
  target: string | undefined;
  onShow: (id: string) => void;
  children: ComponentChildren;
}) {
  return (
    <button
      type="button"
      class="icon-button viewer-step"
      aria-label={name}
      disabled={target === undefined}
      onClick={() => target !== undefined && onShow(target)}
    >
      {children}
    </button>
  );
}

function Facts({ image: { takenAt, takenAtSource, camera, width, height, format, folder, sizeBytes } }: { image: ImageDetail }) {
  const size = sizeBytes < 1e6 ? `${Math.max(1, Math.round(sizeBytes / 1e3))} kB` : `${(sizeBytes / 1e6).toFixed(1)} MB`;
  const rows = [
    [takenAtSource === 'mtime' ? 'File of' : 'Taken', takenAt && longDate(takenAt)],
    ['Camera', camera],
    ['Picture', width && height && `${width} × ${height}, ${(format ?? '').toUpperCase()}, ${size}`],
    ['Folder', folder],
  ] as const;
  return (
    <dl class="fact-rows">
      {rows.map(([name, value]) =>
        value ? (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}
