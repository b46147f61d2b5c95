/** What the page calls the options that the service names. */
const NAMES: Readonly<Record<string, string>> = {
  after: 'Taken from',
  before: 'Taken before',
  minRating: 'Rating',
  camera: 'Camera',
  folder: 'Folder',
  near: 'Near',
  within: 'Within',
  keyword: 'Keyword',
};

/** A note of the service in the words of the page: `near` is “Near”. */
export const plainNote = (note: string): string =>
  note.replace(/`(-?)(\w+)`/g, (_, minus, option) => `“${minus}${NAMES[option] ?? option}”`);
