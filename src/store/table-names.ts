/** The tables of a database: the index's, its tags' and LanceDB's own. All other names are free for label tables. */

/** The table that the first model of an index fills. */
export const FIRST_IMAGES = 'images';

/** A tag set's table: this and its name. */
export const TAGS_PREFIX = 'tags-';
export const TAG_CORRECTIONS = 'tag-corrections';

/** A table's rounded rows (rounded/), beside it: its name and this. */
export const ROUNDED_ENDING = '.rounded';

/** The table of another model's images, by its fingerprint. */
export const imagesOf = (fingerprint: string): string => `${FIRST_IMAGES}-${fingerprint.replace(/[^0-9a-f]/gi, '').toLowerCase()}`;

/** Whether a table holds images, of whatever model. */
export const isOfImages = (name: string): boolean => new RegExp(`^${FIRST_IMAGES}(?:-[0-9a-f]+)?$`).test(name);

/** Whether a table is, or may become, one of the index, of its tags or of LanceDB. */
export const isReserved = (name: string): boolean =>
  name === FIRST_IMAGES || name === TAG_CORRECTIONS || [`${FIRST_IMAGES}-`, TAGS_PREFIX, '__'].some((prefix) => name.startsWith(prefix));
