import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { loadModel, type Model } from './api/classify.js';
import { ClassifyView } from './classify/classify-view.js';
import { IndexView } from './index-run/index-view.js';
import { LabelsView } from './labels/labels-view.js';
import { LibraryView } from './library/library-view.js';
import { FolderIcon, LibraryIcon, ListIcon, TagIcon } from './shared/icons.js';
import { KeyDialog } from './shared/key-dialog.js';
import { ThemeButton } from './shared/theme-button.js';
import { Toasts } from './shared/toasts.js';
import { addressOf, useRoute, VIEWS, type View } from './shared/use-route.js';

const TABS: Record<View, { readonly name: string; readonly Icon: ComponentType }> = {
  classify: { name: 'Classify', Icon: TagIcon },
  library: { name: 'Library', Icon: LibraryIcon },
  labels: { name: 'Label sets', Icon: ListIcon },
  index: { name: 'Index', Icon: FolderIcon },
};

export function App(): JSX.Element {
  const { view, query } = useRoute();
  const [model, setModel] = useState<Model | undefined>();
  useEffect(() => {
    loadModel().then(setModel, () => {}); // the view says what is wrong
  }, []);
  useEffect(() => {
    document.title = `${TABS[view].name} – labelwise`;
  }, [view]);
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="wordmark" href={addressOf('classify')}>
          <Mark />
          labelwise
        </a>
        <nav class="tabs" aria-label="Views">
          {VIEWS.map((name) => {
            const { name: title, Icon } = TABS[name];
            return (
              <a key={name} class="tab" href={addressOf(name)} aria-current={name === view ? 'page' : undefined}>
                <Icon />
                <span>{title}</span>
              </a>
            );
          })}
        </nav>
        <div class="bar-end">
          {model && (
            <span class="chip model" title={`Fingerprint ${model.fingerprint}`}>
              <span class="visually-hidden">Model: </span>
              {model.id}
            </span>
          )}
          <a class="chip docs" href="/docs">
            API
          </a>
          <ThemeButton />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {view === 'classify' && <ClassifyView />}
        {view === 'library' && <LibraryView address={query} />}
        {view === 'labels' && <LabelsView address={query} />}
        {view === 'index' && <IndexView />}
      </main>
      <Toasts />
      <KeyDialog />
    </>
  );
}

const Mark = () => (
  <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
    <rect width="32" height="32" rx="8" class="mark-back" />
    <path d="M8.5 23V9M14 11h10M14 17h6.5M14 23h2.5" class="mark-lines" />
  </svg>
);
