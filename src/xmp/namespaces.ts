export const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
export const DUBLIN_CORE = 'http://purl.org/dc/elements/1.1/';
/** Our own properties: the keywords that an export added to each list, so that the next one deletes those and no others. */
export const LABELWISE = 'urn:labelwise:xmp:1.0#';

/** A property that lists keywords. */
export interface KeywordList {
  readonly prefix: string;
  readonly uri: string;
  /** The same namespace as another program writes it. */
  readonly alias?: string;
  readonly local: string;
  /** How a new one is made. digiKam reads its own list only from a Seq. */
  readonly container: 'Bag' | 'Seq';
  /** What separates the levels of a hierarchical keyword. */
  readonly separator?: string;
  /** Whether `--hierarchical` creates it. */
  readonly isCreated?: boolean;
}

export const SUBJECT: KeywordList = { prefix: 'dc', uri: DUBLIN_CORE, local: 'subject', container: 'Bag' };

/** The lists that readers prefer to dc:subject. digiKam reads the first of them that is not empty, and no other. */
export const HIERARCHICAL: readonly KeywordList[] = [
  {
    prefix: 'digiKam',
    uri: 'http://www.digikam.org/ns/1.0/',
    local: 'TagsList',
    container: 'Seq',
    separator: '/',
    isCreated: true,
  },
  {
    prefix: 'lr',
    uri: 'http://ns.adobe.com/lightroom/1.0/',
    local: 'hierarchicalSubject',
    container: 'Bag',
    separator: '|',
    isCreated: true,
  },
  {
    prefix: 'MicrosoftPhoto',
    uri: 'http://ns.microsoft.com/photo/1.0/',
    alias: 'http://ns.microsoft.com/photo/1.0', // exiftool drops the slash whenever it writes a sidecar
    local: 'LastKeywordXMP',
    container: 'Bag',
    separator: '/',
  },
  { prefix: 'mediapro', uri: 'http://ns.iview-multimedia.com/mediapro/1.0/', local: 'CatalogSets', container: 'Bag', separator: '|' },
];

/** Where the keywords that we added to a list are noted. exiftool finds properties by local name alone: this one must differ from the list's. */
export const noteOf = ({ local }: KeywordList): KeywordList => ({
  prefix: 'labelwise',
  uri: LABELWISE,
  local: local === SUBJECT.local ? 'keywords' : `keywordsIn${local.charAt(0).toUpperCase()}${local.slice(1)}`,
  container: 'Bag',
});

/** Whether a property is this list. */
export const isList = ({ uri, alias, local }: KeywordList, property: { uri: string; local: string }): boolean =>
  property.local === local && (property.uri === uri || property.uri === alias);

/** All properties that an export may write. */
export const isWritten = (property: { uri: string; local: string }): boolean =>
  property.uri === LABELWISE || [SUBJECT, ...HIERARCHICAL].some((list) => isList(list, property));
