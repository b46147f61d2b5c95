import type { Folder, LibraryQuery, TagCount } from '../api/library.js';
import { Switch } from '../shared/switch.js';
import { countFilters, NO_FILTERS } from './library-query.js';

interface Props {
  readonly query: LibraryQuery;
  readonly tags: readonly TagCount[];
  readonly folders: readonly Folder[];
  readonly isSearching: boolean;
  readonly onChange: (part: Partial<LibraryQuery>) => void;
}

/** What pictures have to be, beside what they show. */
export function Filters({ query, tags, folders, isSearching, onChange }: Props) {
  const choose = (name: keyof LibraryQuery) => (event: { currentTarget: { value: string } }) =>
    onChange({ [name]: event.currentTarget.value });
  return (
    <div class="filters">
      <label class="field">
        <span>Taken from</span>
        <input type="date" value={query.after} onChange={choose('after')} />
      </label>
      <label class="field">
        <span>Taken before</span>
        <input type="date" value={query.before} onChange={choose('before')} />
      </label>
      <label class="field">
        <span>Tag</span>
        <select value={query.tag} onChange={choose('tag')}>
          <option value="">Any</option>
          {tags.map(({ tag, images }) => (
            <option key={tag} value={tag}>
              {tag} ({images})
            </option>
          ))}
        </select>
      </label>
      {folders.length > 1 && (
        <label class="field">
          <span>Folder</span>
          <select value={query.folder} onChange={choose('folder')}>
            <option value="">All</option>
            {folders.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>Camera</span>
        <input class="input" placeholder="Any" value={query.camera} onChange={choose('camera')} />
      </label>
      <label class="field">
        <span>Keyword</span>
        <input class="input" placeholder="Of other programs" value={query.keyword} onChange={choose('keyword')} />
      </label>
      <label class="field">
        <span>Rating</span>
        <select value={query.minRating} onChange={choose('minRating')}>
          <option value="">Any</option>
          {['1', '2', '3', '4'].map((stars) => (
            <option key={stars} value={stars}>
              {stars} or more
            </option>
          ))}
          <option value="5">5</option>
        </select>
      </label>
      <label class="field">
        <span>Near</span>
        <input class="input" placeholder="48.1, 11.6" value={query.near} onChange={choose('near')} />
      </label>
      {query.near !== '' && (
        <label class="field">
          <span>Within</span>
          <input class="input" placeholder="10 km" value={query.within} onChange={choose('within')} />
        </label>
      )}
      {isSearching ? (
        <Switch label="Only what stands out" isOn={query.isRelevant} onChange={(isRelevant) => onChange({ isRelevant })} />
      ) : (
        <label class="field">
          <span>Order</span>
          <select value={query.sort} onChange={choose('sort')}>
            <option value="newest">Newest first</option>
            <option value="oldest">Oldest first</option>
            <option value="added">Added last first</option>
            <option value="name">By name</option>
          </select>
        </label>
      )}
      {countFilters(query) > 0 && (
        <button type="button" class="button small" onClick={() => onChange(NO_FILTERS)}>
          Clear
        </button>
      )}
    </div>
  );
}
