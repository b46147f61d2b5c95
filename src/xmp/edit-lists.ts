import { isWritten, type KeywordList, LABELWISE, RDF } from './namespaces.js';
import type { XmlElement } from './parse-xml.js';
import type { ListPlan } from './plan-lists.js';
import { aboutOf, type FoundList, isOurDescription, type Sidecar } from './read-sidecar.js';

/** A stretch of the text and what takes its place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Carries out the plans by editing the text: whatever is not ours keeps its bytes. */
export function editLists(sidecar: Sidecar, plans: readonly ListPlan[]): string {
  const edits: Edit[] = [];
  const created: CreatedList[] = [];
  const deleted = new Set<XmlElement>();
  for (const { list, found, removed, added } of plans) {
    if (found === undefined || found.attribute) {
      if (added.length === 0) continue;
      // exiv2 refuses a file in which a namespace has two prefixes and one of them means something else, too
      const prefix = sidecar.prefixes.get(list.uri) ?? list.prefix;
      created.push({ list: { ...list, prefix }, keywords: [...(found?.items.map(({ text }) => text) ?? []), ...added] });
      if (found) edits.push(withoutAttribute(sidecar, found));
    } else if (isEmptied(sidecar, found, removed.length - added.length)) deleted.add(found.element as XmlElement);
    else edits.push(...editItems(sidecar, found, { removed: removed.flatMap(({ element }) => element ?? []), added }));
  }
  const ours = sidecar.descriptions.find((description) => isOurDescription(sidecar, description, isWritten));
  const isOursDeleted = ours?.children.every((child) => deleted.has(child)) && created.length === 0;
  if (ours && isOursDeleted) edits.push(withoutElement(sidecar, ours));
  for (const element of deleted) if (!isOursDeleted || element.parent !== ours) edits.push(withoutElement(sidecar, element));
  if (created.length > 0) edits.push(ours ? addToDescription(sidecar, ours, created) : addDescription(sidecar, created));
  return applyEdits(sidecar.source, edits);
}

interface CreatedList {
  readonly list: KeywordList;
  readonly keywords: readonly string[];
}

/** Whether a list that an export of ours made loses its last keyword. An empty list of another program stays. */
function isEmptied(sidecar: Sidecar, { element, description, items }: FoundList, lost: number): boolean {
  if (lost < items.length) return false;
  return element?.uri === LABELWISE || (lost > 0 && isOurDescription(sidecar, description, isWritten));
}

function editItems(
  { source }: Sidecar,
  found: FoundList,
  { removed, added }: { removed: readonly XmlElement[]; added: readonly string[] },
) {
  const edits = removed.map((item) => withoutElement({ source }, item));
  if (added.length === 0) return edits;
  const { container } = found;
  const property = found.element as XmlElement;
  const prefix = container?.prefix ?? rdfPrefixAt(property);
  const toItem = (keyword: string): string => element(name(prefix, 'li'), escapeXml(keyword));
  const last = container?.children.at(-1);
  if (last) {
    const gap = source.slice(gapStart(source, last.start), last.start);
    return [...edits, { start: last.end, end: last.end, text: added.map((keyword) => gap + toItem(keyword)).join('') }];
  }
  const items = added.map(toItem).join('');
  if (container) return [...edits, appendTo(source, container, items)];
  if (property.isSelfClosing || property.text.trim() === '')
    return [...edits, appendTo(source, property, element(name(prefix, 'Bag'), items))];
  const [bag, li] = [name(prefix, 'Bag'), name(prefix, 'li')]; // bare text: the only item of a list
  return [
    { start: property.openEnd, end: property.openEnd, text: `<${bag}><${li}>` },
    { start: property.closeStart, end: property.closeStart, text: `</${li}>${items}</${bag}>` },
  ];
}

/** Adds at the end of an element, after its last child where it has one. */
function appendTo(source: string, parent: XmlElement, text: string): Edit {
  const { start, openEnd, isSelfClosing } = parent;
  if (isSelfClosing) {
    const tag = /^<([^\s/>]+)/.exec(source.slice(start, openEnd))?.[1];
    return { start: openEnd - 2, end: openEnd, text: `>${text}</${tag}>` };
  }
  const at = parent.children.at(-1)?.end ?? openEnd;
  return { start: at, end: at, text };
}

function addToDescription({ source }: Sidecar, description: XmlElement, created: readonly CreatedList[]): Edit {
  const gap = gapIn(source, description, '');
  const text = created.map((list) => gap + toProperty(list, (prefix, uri) => declare(description, prefix, uri))).join('');
  return appendTo(source, description, text);
}

/** A new description of our own, after those of others. */
function addDescription({ source, rdf, descriptions }: Sidecar, created: readonly CreatedList[]): Edit {
  const gap = gapIn(source, rdf, '\n  ');
  const prefixes = new Map(created.map(({ list }) => [list.prefix, list.uri]));
  const declared = [...new Map([['rdf', RDF], ...prefixes])].map(([prefix, uri]) => declare(rdf, prefix, uri)).join('');
  const about = escapeXml(descriptions.map(aboutOf).find((value) => value !== '') ?? '').replaceAll('"', '&quot;');
  const inner = gap.includes('\n') ? `${gap} ` : '';
  const properties = created.map((list) => inner + toProperty(list, () => '')).join('');
  const text = `${gap}<rdf:Description rdf:about="${about}"${declared}>${properties}${inner && gap}</rdf:Description>`;
  return appendTo(source, rdf, text);
}

function toProperty({ list, keywords }: CreatedList, declared: (prefix: string, uri: string) => string): string {
  const items = keywords.map((keyword) => element('rdf:li', escapeXml(keyword))).join('');
  const property = name(list.prefix, list.local);
  return `<${property}${declared(list.prefix, list.uri)}${declared('rdf', RDF)}>${element(`rdf:${list.container}`, items)}</${property}>`;
}

/** The declaration of a prefix, where it means something else or nothing. */
const declare = (scope: XmlElement, prefix: string, uri: string): string =>
  scope.resolve(prefix) === uri ? '' : ` xmlns:${prefix}="${uri}"`;

const withoutElement = ({ source }: { source: string }, { start, end }: XmlElement): Edit => ({
  start: gapStart(source, start),
  end,
  text: '',
});

function withoutAttribute({ source }: Sidecar, { description, attribute }: FoundList): Edit {
  const tag = source.slice(description.start, description.openEnd);
  for (const { 0: whole, 1: found, index } of tag.matchAll(/\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')/g)) {
    if (found === attribute?.name) return { start: description.start + index, end: description.start + index + whole.length, text: '' };
  }
  throw new Error(`the attribute ${attribute?.name} was read and is not found again`);
}

/** The blanks before the last child of an element, so that the next one looks alike. */
function gapIn(source: string, parent: XmlElement, otherwise: string): string {
  const last = parent.children.at(-1);
  return last ? source.slice(gapStart(source, last.start), last.start) : otherwise;
}

function gapStart(source: string, before: number): number {
  let at = before;
  while (/[ \t\r\n]/.test(source[at - 1] ?? '')) at--;
  return at;
}

/** The prefix that means RDF here; names without one are in the default namespace. */
const rdfPrefixAt = (scope: XmlElement): string => {
  for (let at: XmlElement | undefined = scope; at; at = at.parent) if (at.uri === RDF && scope.resolve(at.prefix) === RDF) return at.prefix;
  return 'rdf';
};

function applyEdits(source: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || a.end - b.end)) {
    result += source.slice(at, start) + text;
    at = Math.max(at, end);
  }
  return result + source.slice(at);
}

const name = (prefix: string, local: string): string => (prefix === '' ? local : `${prefix}:${local}`);
const element = (tag: string, content: string): string => `<${tag}>${content}</${tag}>`;
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
