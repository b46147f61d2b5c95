import { SaxesParser } from 'saxes';

/** An element and where its parts are in the text, in UTF-16 code units. */
export interface XmlElement {
  readonly prefix: string;
  readonly uri: string;
  readonly local: string;
  readonly attributes: readonly XmlAttribute[];
  readonly parent: XmlElement | undefined;
  readonly children: XmlElement[];
  /** Its own characters, CDATA included; those of its children are not. */
  text: string;
  readonly start: number;
  readonly openEnd: number;
  readonly isSelfClosing: boolean;
  closeStart: number;
  end: number;
  /** The namespace of a prefix here. */
  resolve(prefix: string): string | undefined;
}

export interface XmlAttribute {
  readonly name: string;
  readonly uri: string;
  readonly local: string;
  readonly value: string;
}

/**
 * Reads XML 1.0 with namespaces, strictly: what it accepts, other parsers accept. A document type is refused, as XMP forbids one.
 *
 * @throws Error which says what is wrong and where
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  let root: XmlElement | undefined;
  let open: XmlElement | undefined;
  let start = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('doctype', () => {
    throw new Error('it has a document type, which XMP forbids');
  });
  parser.on('xmldecl', ({ encoding = 'utf-8' }) => {
    if (encoding.toLowerCase() !== 'utf-8') throw new Error(`it is UTF-8 but declares the encoding "${encoding}"`);
  });
  parser.on('opentagstart', () => {
    start = text.lastIndexOf('<', parser.position - 1);
  });
  parser.on('opentag', (tag) => {
    const parent = open;
    const openEnd = parser.position;
    const resolve = (prefix: string): string | undefined => tag.ns[prefix] ?? (parent ? parent.resolve(prefix) : RESERVED[prefix]);
    const { prefix, uri, local, isSelfClosing } = tag;
    const attributes = Object.values(tag.attributes);
    open = {
      prefix,
      uri,
      local,
      attributes,
      parent,
      children: [],
      text: '',
      start,
      openEnd,
      isSelfClosing,
      closeStart: 0,
      end: 0,
      resolve,
    };
    parent?.children.push(open);
    root ??= open;
  });
  const addText = (part: string): void => {
    if (open) open.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open as XmlElement;
    element.end = parser.position;
    element.closeStart = element.isSelfClosing ? element.end : text.lastIndexOf('</', element.end - 1);
    open = element.parent;
  });
  parser.write(text).close();
  if (!root) throw new Error('it is empty');
  return root;
}

const RESERVED: Readonly<Record<string, string>> = { xml: 'http://www.w3.org/XML/1998/namespace' };
