const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that can stand in an element or a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

/** A name or path that breaks where its parts end, and within one only where that is too long for a line. */
export const breakable = (name: string): string =>
  escapeHtml(name).replace(/(?<=[A-Za-z0-9])([_\-/.]+|(?<=[a-z])(?=[A-Z]))(?=[A-Za-z0-9])/g, '$1<wbr>');
