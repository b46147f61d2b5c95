const READ = /\.(?:jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|heic|heif)$/i;

/** Formats in which people keep pictures and that labelwise does not read, by the ends of their files' names. */
const UNREAD: Readonly<Record<string, string>> = {
  ...{ bmp: 'BMP', dib: 'BMP', ppm: 'PPM', pgm: 'PPM', pbm: 'PPM', pnm: 'PPM', tga: 'TGA', ico: 'ICO', psd: 'Photoshop', exr: 'OpenEXR' },
  ...{ jp2: 'JPEG 2000', j2k: 'JPEG 2000', jxl: 'JPEG XL', svg: 'SVG', hdr: 'Radiance HDR' },
  ...{ raw: 'RAW', dng: 'RAW', cr2: 'RAW', cr3: 'RAW', nef: 'RAW', arw: 'RAW', orf: 'RAW', rw2: 'RAW', raf: 'RAW', pef: 'RAW', srw: 'RAW' },
};

/** Whether a file's name is that of an image. */
export const hasImageExtension = (name: string): boolean => READ.test(name);

/** The format of a picture that labelwise does not read, as people call it; undefined for all other files. */
export const unreadFormatOf = (name: string): string | undefined => UNREAD[/\.([^./]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''];
