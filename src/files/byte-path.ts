import { isUtf8 } from 'node:buffer';

const SEPARATOR = 0x2f;

/**
 * A path of bytes as text: itself where it is valid UTF-8, else a `file:` URL with what is not plain percent-encoded, so that it can be
 * turned back. An absolute path never begins with "file:".
 */
export function toPathText(path: Buffer): string {
  if (isUtf8(path)) return path.toString('utf8');
  let url = 'file://';
  for (const byte of path) {
    const character = String.fromCharCode(byte);
    url += byte === SEPARATOR || /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return url;
}

/** The bytes of a path that `toPathText` wrote; what the file system takes. */
export function toPathBytes(text: string): Buffer {
  if (!text.startsWith('file://')) return Buffer.from(text, 'utf8');
  return Buffer.from(
    text.slice('file://'.length).replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** Whether a path is a folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  if (!path.startsWith('file://') && !folder.startsWith('file://'))
    return path === folder || path.startsWith(folder.endsWith(separatorOf(folder)) ? folder : folder + separatorOf(folder));
  const [inner, outer] = [toPathBytes(path).toString('latin1'), toPathBytes(folder).toString('latin1')];
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
}

const separatorOf = (folder: string): string => (/^[A-Za-z]:\\|^\\\\/.test(folder) ? '\\' : '/');
