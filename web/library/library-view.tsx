import { useEffect, useRef, useState } from 'preact/hooks';
import { isSearch, type LibraryQuery, loadFolders, loadTags } from '../api/library.js';
import { Refusal } from '../api/refusal.js';
import { Empty } from '../shared/empty.js';
import { count } from '../shared/format.js';
import { CheckIcon, CloseIcon, FilterIcon, LibraryIcon, SearchIcon } from '../shared/icons.js';
import { Notice } from '../shared/notice.js';
import { useLoaded } from '../shared/use-loaded.js';
import { addressOf, amend, go } from '../shared/use-route.js';
import { Filters } from './filters.js';
import { Gallery } from './gallery.js';
import { ImageDialog } from './image-dialog.js';
import { countFilters, readQuery, writeQuery } from './library-query.js';
import { plainNote } from './plain-note.js';
import { SelectionBar } from './selection-bar.js';
import { Thumbnail } from './thumbnail.js';
import { Upload } from './upload.js';
import { type Gallery as Found, useGallery } from './use-gallery.js';

/** The library: all pictures by date, or those that words, filters or another picture find. */
export function LibraryView({ address }: { address: URLSearchParams }) {
  const query = readQuery(address);
  const opened = address.get('image') ?? '';
  const gallery = useGallery(query);
  const tags = useLoaded('tags', loadTags);
  const folders = useLoaded('folders', loadFolders);
  const [selected, setSelected] = useState<ReadonlySet<string> | undefined>();
  const [isFiltering, setFiltering] = useState(countFilters(query) > 0);
  const change = (part: Partial<LibraryQuery>): void => amend(writeQuery(part));
  const open = (id: string): void => go('library', { ...writeQuery(query), image: id });
  const searching = isSearch(query);
  const toggle = (id: string): void => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  return (
    <>
      <h1 class="visually-hidden">Library</h1>
      <div class="library-head">
        <SearchField query={query} onChange={change} />
        <button type="button" class="button" aria-expanded={isFiltering} onClick={() => setFiltering(!isFiltering)}>
          <FilterIcon />
          Filters{countFilters(query) > 0 && <span class="badge">{countFilters(query)}</span>}
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={selected !== undefined}
          onClick={() => setSelected(selected ? undefined : new Set())}
        >
          <CheckIcon />
          Select
        </button>
        <Upload onAdded={gallery.retry} />
      </div>
      {isFiltering && (
        <Filters {...{ query }} tags={tags.value ?? []} folders={folders.value ?? []} isSearching={searching} onChange={change} />
      )}
      <Summary {...{ gallery, query, searching }} />
      {gallery.error !== undefined && !isNoLibrary(gallery.error) && <Notice error={gallery.error} onRetry={gallery.retry} />}
      <NothingThere {...{ gallery, query, searching }} />
      <Gallery
        images={gallery.images}
        isByDate={!searching && (query.sort === 'newest' || query.sort === 'oldest')}
        hasMore={gallery.hasMore}
        isSelecting={selected !== undefined}
        selected={selected ?? new Set()}
        onOpen={open}
        onToggle={toggle}
        onMore={gallery.more}
      />
      {gallery.isLoading && <p class="loading quiet">Loading …</p>}
      {selected && (
        <SelectionBar
          ids={[...selected]}
          tags={tags.value ?? []}
          onDone={() => setSelected(undefined)}
          onTagged={tags.reload}
          onUndone={gallery.retry}
          onRemoved={(ids) => {
            gallery.drop(ids);
            setSelected(new Set([...selected].filter((id) => !ids.includes(id))));
            tags.reload();
          }}
        />
      )}
      {opened !== '' && (
        <ImageDialog
          id={opened}
          images={gallery.images}
          tags={tags.value ?? []}
          onShow={(id) => amend({ image: id })}
          onClose={() => amend({ image: '' })}
          onTagged={tags.reload}
          onRemoved={(id) => {
            amend({ image: '' });
            gallery.drop([id]);
            tags.reload();
          }}
        />
      )}
    </>
  );
}

function SearchField({ query, onChange }: { query: LibraryQuery; onChange: (part: Partial<LibraryQuery>) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = /^(input|textarea|select)$/i.test((event.target as HTMLElement).tagName);
      if (event.key !== '/' || isTyping) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <search class="search">
      <SearchIcon />
      <input
        ref={field}
        type="search"
        aria-label="Search the library"
        placeholder="Describe a picture: a dog on the beach"
        value={query.words}
        enterkeyhint="search"
        onInput={(event) => onChange({ words: event.currentTarget.value })}
      />
      {query.similarTo !== '' && (
        <span class="chip like-chip">
          <Thumbnail id={query.similarTo} side={64} alt="" />
          More like this
          <button type="button" aria-label="Search without the picture" onClick={() => onChange({ similarTo: '' })}>
            <CloseIcon />
          </button>
        </span>
      )}
    </search>
  );
}

function Summary({ gallery, query, searching }: { gallery: Found; query: LibraryQuery; searching: boolean }) {
  const { total, images, notes } = gallery;
  const found = total === undefined ? '' : count(total, 'picture');
  const words = searching && images.length > 0 ? `Best first${countFilters(query) > 0 ? ', filtered' : ''}` : found;
  return (
    <div class="library-summary quiet">
      <p role="status">{words}</p>
      {images.length > 0 && notes.map((note) => <p key={note}>{plainNote(note)}</p>)}
    </div>
  );
}

const isNoLibrary = (error: unknown): boolean => error instanceof Refusal && error.code === 'INDEX_NOT_FOUND';

function NothingThere({ gallery, query, searching }: { gallery: Found; query: LibraryQuery; searching: boolean }) {
  const { images, isLoading, error, notes } = gallery;
  if (isNoLibrary(error) || (images.length === 0 && !isLoading && error === undefined && !searching && countFilters(query) === 0))
    return (
      <Empty Icon={LibraryIcon} title="Your library is empty">
        <p>labelwise finds pictures by what they show. Index a folder of them, or add some here: drop them on this page.</p>
        <a class="button primary" href={addressOf('index')}>
          Index pictures
        </a>
      </Empty>
    );
  if (images.length > 0 || isLoading || error !== undefined) return null;
  return (
    <Empty Icon={SearchIcon} title={gallery.isNothingRelevant ? 'Nothing stands out' : 'No picture fits'}>
      <p>
        {gallery.isNothingRelevant
          ? 'No picture fits these words much better than the others.'
          : notes[0]
            ? plainNote(notes[0])
            : 'Try other words, or fewer filters.'}
      </p>
      <button type="button" class="button" onClick={() => go('library')}>
        Show all pictures
      </button>
    </Empty>
  );
}
