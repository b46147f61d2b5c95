/** Extensions of raw files of which the preview is read. */
export const RAW_EXTENSIONS = 'dng cr2 cr3 nef nrw arw raf orf rw2 pef srw'.split(' ');

/** Extensions of the files that every command takes for images. What a file is, its bytes tell. */
const READABLE =
  'jpg jpeg jpe jfif png apng webp gif tif tiff avif avifs heic heif hif jxl jp2 j2k j2c jpc bmp dib ppm pgm pbm pnm pam tga ico cur icns' +
  ' mpo psd pcx qoi sgi bw' +
  ` ${RAW_EXTENSIONS.join(' ')}`;
/** Extensions of images that labelwise does not decode: they are counted and named, never silently left out. */
const UNREADABLE = 'jpf jpx jpm jxr psb exr hdr 3fr crw dcr erf fff gpr iiq k25 kdc mef mos mrw raw rwl sr2 srf x3f';
/** Extensions of videos: counted and named too. */
const VIDEO = 'mp4 m4v mov qt avi mkv webm mts m2ts mpg mpeg 3gp 3g2 wmv';

const KINDS = new Map([
  ...READABLE.split(' ').map((extension) => [extension, 'image'] as const),
  ...UNREADABLE.split(' ').map((extension) => [extension, 'unreadable'] as const),
  ...VIDEO.split(' ').map((extension) => [extension, 'video'] as const),
]);

/** What a file is by its name: an image, an image of a format that labelwise does not read, a video, or something else. */
export type NameKind = 'image' | 'unreadable' | 'video' | 'other';

export const kindOfName = (name: string): NameKind => KINDS.get(/\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? '') ?? 'other';

/** The format of an image that labelwise does not read, by its extension in capitals; undefined for all other files. */
export const unreadableFormatOf = (name: string): string | undefined =>
  kindOfName(name) === 'unreadable' ? /\.([^./]+)$/.exec(name)?.[1]?.toUpperCase() : undefined;

/** Previews, bins and snapshots of other programs: NAS systems, Windows, macOS, Linux, Lightroom, file managers. */
const FOREIGN =
  /^(?:@eaDir|@Recycle|@Recently-Snapshot|#recycle|#snapshot|\$RECYCLE\.BIN|System Volume Information|lost\+found|__MACOSX|\.thumbnails|\._.*|.+\.(?:lrdata|lrcat-data))$/i;

/** A library of Apple Photos, iPhoto or Aperture: what is in it beside the photos is previews of them. */
const APPLE_LIBRARY = /\.(?:photoslibrary|photolibrary|migratedphotolibrary|aplibrary)$/i;
const APPLE_ORIGINALS = /^(?:originals|masters)$/i;

/** Whether every command leaves a file or folder of this name out, with all that is in it. */
export const isForeignName = (name: string): boolean => FOREIGN.test(name);

/** Whether a folder is left out for what it is in. */
export const isForeignIn = (parent: string, name: string): boolean => APPLE_LIBRARY.test(parent) && !APPLE_ORIGINALS.test(name);
