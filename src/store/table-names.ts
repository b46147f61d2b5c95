/** The tables of a database: the index's, its tags', the examples' and LanceDB's own. All other names are free for label tables. */

/** The table that the first model of an index fills. */
export const FIRST_IMAGES = 'images';

/** A tag set's table: this and its name. */
export const TAGS_PREFIX = 'tags-';
export const TAG_CORRECTIONS = 'tag-corrections';

/** In an object store: the small files that a folder has beside its tables, and the locks. Each is a row. */
export const SMALL_FILES = '__files';
export const LEASES = '__locks';

/** What a probe of an object store is made with, for a moment: this and a random name. */
export const PROBE_PREFIX = '__probe-';
export const isProbe = (name: string): boolean => name.startsWith(PROBE_PREFIX);

/** The folder of a table's rounded and kept rows (rounded/), beside it: its name and this. */
export const ROUNDED_ENDING = '.search';

/** The examples of a label set: this and its name. No label table ever had such a name. */
export const EXAMPLES_PREFIX = '__examples-';

/** Whether a table holds what people said: corrections of tags, and examples. One lock protects them. */
export const isByHand = (name: string): boolean => name === TAG_CORRECTIONS || name.startsWith(EXAMPLES_PREFIX);

/** The table of another model's images, by its fingerprint. */
export const imagesOf = (fingerprint: string): string => `${FIRST_IMAGES}-${fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase()}`;

/** Whether a table holds images, of whatever model. */
export const isOfImages = (name: string): boolean => new RegExp(`^${FIRST_IMAGES}(?:-[0-9a-f]+)?$`).test(name);

/** Whether a table is written under the lock of the index: the images, and in an object store the pointer to them. */
export const isOfIndex = (name: string): boolean => isOfImages(name) || name === SMALL_FILES;

/** Whether a table is, or may become, one of the index, of its tags or of LanceDB. */
export const isReserved = (name: string): boolean =>
  name === FIRST_IMAGES || name === TAG_CORRECTIONS || [`${FIRST_IMAGES}-`, TAGS_PREFIX, '__'].some((prefix) => name.startsWith(prefix));
