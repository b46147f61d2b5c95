import { messageOf } from '../errors.js';
import { isList, type KeywordList, LABELWISE, RDF } from './namespaces.js';
import { parseXml, type XmlAttribute, type XmlElement } from './parse-xml.js';
import { invalidSidecar } from './sidecar-fault.js';

/** A sidecar's text and where its properties are. */
export interface Sidecar {
  readonly source: string;
  readonly rdf: XmlElement;
  readonly descriptions: readonly XmlElement[];
  /** The prefix with which each namespace was first declared. */
  readonly prefixes: ReadonlyMap<string, string>;
}

/** A keyword in a list. Only a plain one, a `rdf:li` of nothing but text, can be ours. */
export interface Item {
  readonly text: string;
  readonly element: XmlElement | undefined;
}

/** Where a list of keywords was found: as an element, or as an attribute that holds its only keyword. */
export interface FoundList {
  readonly description: XmlElement;
  readonly element?: XmlElement;
  readonly attribute?: XmlAttribute;
  /** The rdf:Bag, rdf:Seq or rdf:Alt. None where the property is an attribute or text. */
  readonly container?: XmlElement | undefined;
  readonly items: readonly Item[];
}

/** @throws LabelwiseError `SIDECAR_INVALID` for what is not XMP, or what XMP readers refuse to read */
export function readSidecar(source: string): Sidecar {
  const root = inWords(() => parseXml(source));
  const elements = [root, ...descendants(root)];
  const found = elements.filter((element) => is(element, 'RDF'));
  const [rdf] = found;
  if (!rdf) throw invalidSidecar('it has no rdf:RDF');
  if (found.length > 1) throw invalidSidecar('it has more than one rdf:RDF');
  const descriptions = rdf.children.filter((child) => is(child, 'Description'));
  if (descriptions.length < rdf.children.length) throw invalidSidecar('it has nodes that are not an rdf:Description, which XMP forbids');
  const abouts = new Set(descriptions.map(aboutOf).filter((about) => about !== ''));
  if (abouts.size > 1) throw invalidSidecar('it describes more than one resource');
  const names = descriptions.flatMap((description) => [...attributesOf(description), ...description.children].map(expandedName));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalidSidecar(`it has the property ${twice} twice`);
  const declared = elements.flatMap(({ attributes }) => attributes.filter(({ name }) => name.startsWith('xmlns:')));
  const prefixes = new Map(declared.reverse().map(({ value, local }) => [value, local]));
  return { source, rdf, descriptions, prefixes };
}

/** The list of keywords with this name, if the sidecar has one. */
export function findList({ descriptions }: Sidecar, list: KeywordList): FoundList | undefined {
  const isNamed = (part: { uri: string; local: string }): boolean => isList(list, part);
  for (const description of descriptions) {
    const element = description.children.find(isNamed);
    if (element) return { description, element, ...readList(element) };
    const attribute = attributesOf(description).find(isNamed);
    if (attribute) return { description, attribute, items: toItems(attribute.value) };
  }
  return undefined;
}

function readList(property: XmlElement): { container?: XmlElement; items: Item[] } {
  const container = findContainer(property);
  if (container) return { container, items: container.children.map((element) => ({ text: simpleValue(element), element })) };
  if (property.children.length > 0 || property.attributes.some(({ uri }) => uri !== XMLNS))
    throw invalidSidecar(`${property.local} is not a list of keywords (rdf:Bag)`);
  return { items: toItems(property.text) };
}

const toItems = (text: string): Item[] => (text.trim() === '' ? [] : [{ text, element: undefined }]);

/** The list of a property, which may carry qualifiers: then it is the rdf:value beside them. */
function findContainer(property: XmlElement): XmlElement | undefined {
  const isLiteral = property.attributes.some(({ uri, local, value }) => uri === RDF && local === 'parseType' && value !== 'Resource');
  if (isLiteral) return undefined;
  const [only] = property.children;
  if (property.children.length === 1 && only && ['Bag', 'Seq', 'Alt'].some((name) => is(only, name))) {
    const isList = only.children.every((child) => is(child, 'li')) && only.text.trim() === '';
    return isList ? only : undefined;
  }
  const value = property.children.find((child) => is(child, 'value') || is(child, 'Description'));
  return value ? findContainer(value) : undefined;
}

/** The text of a simple value, with or without qualifiers. */
function simpleValue(element: XmlElement): string {
  const attribute = element.attributes.find(({ uri, local }) => uri === RDF && local === 'value');
  const value = element.children.find((child) => is(child, 'value') || is(child, 'Description'));
  return attribute?.value ?? (value ? simpleValue(value) : element.text);
}

/** Whether nothing but an export of ours can have made this description, so that it may be deleted. */
export function isOurDescription({ source }: Sidecar, description: XmlElement, isOurs: (property: XmlElement) => boolean): boolean {
  const { children } = description;
  if (!children.some(({ uri }) => uri === LABELWISE) || !children.every(isOurs) || attributesOf(description).length > 0) return false;
  return !/<[!?]/.test(source.slice(description.openEnd, description.closeStart)); // a comment is somebody else's
}

/** The attributes of a description that are properties. */
export const attributesOf = ({ attributes }: XmlElement): XmlAttribute[] =>
  attributes.filter(({ uri }) => uri !== '' && ![RDF, XMLNS, XML].includes(uri));

export const aboutOf = ({ attributes }: XmlElement): string =>
  attributes.find(({ uri, local }) => local === 'about' && (uri === RDF || uri === ''))?.value ?? '';

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const XML = 'http://www.w3.org/XML/1998/namespace';
const is = ({ uri, local }: XmlElement, name: string): boolean => uri === RDF && local === name;
const expandedName = ({ uri, local }: { uri: string; local: string }): string => uri + local;
const descendants = (element: XmlElement): XmlElement[] => element.children.flatMap((child) => [child, ...descendants(child)]);

function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw invalidSidecar(messageOf(cause).replace(/\.?(?:\n.*)?$/s, ''), cause);
  }
}
