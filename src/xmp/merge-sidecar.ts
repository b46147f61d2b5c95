import { DOMParser, type Document, type Element, XMLSerializer } from '@xmldom/xmldom';
import { LabelwiseError, messageOf } from '../errors.js';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const DUBLIN_CORE = 'http://purl.org/dc/elements/1.1/';
const XMLNS = 'http://www.w3.org/2000/xmlns/';
/** Our own property: the keywords that an export added, so that the next one can take them back and leave all others. */
const LABELWISE = 'urn:labelwise:xmp:1.0#';

const EMPTY = `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="labelwise">
 <rdf:RDF xmlns:rdf="${RDF}">
  <rdf:Description rdf:about=""/>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
`;

/**
 * An XMP sidecar with these keywords in dc:subject, where digiKam, darktable, Lightroom and Bridge read them. All else that an existing
 * sidecar holds is kept, keywords of others included; keywords that an earlier export added and that are not given now are taken out.
 *
 * @returns the new text, or undefined when nothing has to change
 * @throws LabelwiseError `SIDECAR_INVALID` for a sidecar that is no XMP
 */
export function mergeSidecar(existing: string | undefined, keywords: readonly string[]): string | undefined {
  const wanted = [...new Set(keywords.map(toXmlText).filter((keyword) => keyword !== ''))];
  if (existing === undefined && wanted.length === 0) return undefined;
  const document = parse(existing ?? EMPTY);
  const rdf = document.getElementsByTagNameNS(RDF, 'RDF')[0];
  if (!rdf) throw invalid('it has no rdf:RDF');
  const before = keywordsOf(findProperty(rdf, DUBLIN_CORE, 'subject'));
  const ours = new Set(keywordsOf(findProperty(rdf, LABELWISE, 'keywords')));
  const foreign = before.filter((keyword) => !ours.has(keyword));
  const added = wanted.filter((keyword) => !foreign.includes(keyword));
  const after = [...foreign, ...added];
  if (isSame(before, after) && isSame([...ours], added)) return undefined;
  setKeywords(document, rdf, { namespace: DUBLIN_CORE, prefix: 'dc', name: 'subject' }, after);
  setKeywords(document, rdf, { namespace: LABELWISE, prefix: 'labelwise', name: 'keywords' }, added);
  return new XMLSerializer().serializeToString(document);
}

function parse(text: string): Document {
  if (/<!DOCTYPE/i.test(text)) throw invalid('it has a document type, which XMP forbids');
  try {
    const onError = (_level: string, message: string): void => {
      if (!message.startsWith('Unicode replacement character')) throw new Error(message); // U+FFFD is a character like any other
    };
    return new DOMParser({ onError }).parseFromString(text.replace(/^\uFEFF/, ''), 'text/xml');
  } catch (cause) {
    throw invalid(messageOf(cause).split('\n')[0] ?? '', cause);
  }
}

/** The first property of this name in any rdf:Description of the document's own resource. */
function findProperty(rdf: Element, namespace: string, name: string): Element | undefined {
  return [...rdf.getElementsByTagNameNS(namespace, name)].find((element) => element.parentNode?.parentNode === rdf);
}

function keywordsOf(property: Element | undefined): string[] {
  if (!property) return [];
  return listItems(listOf(property)).map((item) => item.textContent?.trim() ?? '');
}

/** The rdf:Bag (or rdf:Seq, as some programs write it) of a property. */
function listOf(property: Element): Element {
  const list = childElements(property).find((child) => child.namespaceURI === RDF && ['Bag', 'Seq'].includes(child.localName ?? ''));
  if (list) return list;
  throw invalid(`${property.tagName} is no list of keywords (rdf:Bag)`);
}

const listItems = (list: Element): Element[] =>
  childElements(list).filter((child) => child.namespaceURI === RDF && child.localName === 'li');

const childElements = (element: Element): Element[] =>
  [...element.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);

interface Property {
  readonly namespace: string;
  readonly prefix: string;
  readonly name: string;
}

/** Writes the list anew where it stands; elements that stay are the same elements, with what hangs on them. */
function setKeywords(document: Document, rdf: Element, { namespace, prefix, name }: Property, keywords: readonly string[]): void {
  const found = findProperty(rdf, namespace, name);
  if (keywords.length === 0) {
    found?.parentNode?.removeChild(found);
    return;
  }
  const list = found ? listOf(found) : appendList(document, rdf, { namespace, prefix, name });
  const kept = new Map(listItems(list).map((item) => [item.textContent?.trim() ?? '', item]));
  while (list.firstChild) list.removeChild(list.firstChild);
  for (const keyword of keywords) {
    const item = kept.get(keyword) ?? document.createElementNS(RDF, 'rdf:li');
    item.textContent = keyword;
    list.appendChild(item);
  }
}

function appendList(document: Document, rdf: Element, { namespace, prefix, name }: Property): Element {
  const parent =
    childElements(rdf).find((child) => child.namespaceURI === RDF && child.localName === 'Description') ?? appendDescription(document, rdf);
  if (parent.lookupPrefix(namespace) === null) parent.setAttributeNS(XMLNS, `xmlns:${prefix}`, namespace);
  const property = document.createElementNS(namespace, `${parent.lookupPrefix(namespace) ?? prefix}:${name}`);
  const list = document.createElementNS(RDF, 'rdf:Bag');
  property.appendChild(list);
  parent.appendChild(property);
  return list;
}

function appendDescription(document: Document, rdf: Element): Element {
  const description = document.createElementNS(RDF, 'rdf:Description');
  description.setAttributeNS(RDF, 'rdf:about', '');
  rdf.appendChild(description);
  return description;
}

/** Characters that XML 1.0 cannot hold are left out. */
function toXmlText(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF\s]+/gu, ' ')
    .trim();
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

function invalid(reason: string, cause?: unknown): LabelwiseError {
  return new LabelwiseError('SIDECAR_INVALID', `The sidecar is no XMP that can be added to: ${reason}.`, {
    hint: 'It was left as it is. Move it away, or mend it in the program that wrote it.',
    cause,
  });
}
