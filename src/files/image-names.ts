/** Extensions of the files that every command takes for images. What a file is, its bytes tell. */
const READABLE = 'jpg jpeg jpe jfif png webp gif tif tiff avif heic heif';
/** Extensions of images that labelwise does not decode: they are counted and named, never silently left out. */
const UNREADABLE =
  'bmp dib ppm pgm pbm pnm pam jp2 j2k j2c jpc jpf jpx jpm jxl jxr tga psd psb exr hdr ico' +
  ' 3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq k25 kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f';

const KINDS = new Map([
  ...READABLE.split(' ').map((extension) => [extension, 'image'] as const),
  ...UNREADABLE.split(' ').map((extension) => [extension, 'unreadable'] as const),
]);

/** What a file is by its name: an image, an image of a format that labelwise does not read, or something else. */
export type NameKind = 'image' | 'unreadable' | 'other';

export const kindOfName = (name: string): NameKind => KINDS.get(/\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '') ?? 'other';

/** The format of an image that labelwise does not read, by its extension in capitals; undefined for all other files. */
export const unreadableFormatOf = (name: string): string | undefined =>
  kindOfName(name) === 'unreadable' ? /\.([^./]+)$/.exec(name)?.[1]?.toUpperCase() : undefined;

/** Previews and bins of other programs: NAS systems, Windows, macOS, Lightroom, file managers. */
const FOREIGN = /^(?:@eaDir|@Recycle|#recycle|\$RECYCLE\.BIN|__MACOSX|\.thumbnails|\._.*|.+\.lrdata)$/i;

/** Whether every command leaves a file or folder of this name out, with all that is in it. */
export const isForeignName = (name: string): boolean => FOREIGN.test(name);
