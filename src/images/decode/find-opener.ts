import type { OpenPicture } from './opened-picture.js';

/** Formats that libvips does not read here. Each decoder is loaded when it is first needed. */
const OPENERS: Readonly<Record<string, () => Promise<OpenPicture>>> = {
  gif: async () => (await import('./decode-gif.js')).openGif,
  bmp: async () => (await import('./decode-bmp.js')).openBmp,
  pnm: async () => (await import('./decode-pnm.js')).openPnm,
  pcx: async () => (await import('./decode-pcx.js')).openPcx,
  psd: async () => (await import('./decode-psd.js')).openPsd,
  qoi: async () => (await import('./decode-qoi.js')).openQoi,
  sgi: async () => (await import('./decode-sgi.js')).openSgi,
  tga: async () => (await import('./decode-tga.js')).openTga,
  jxl: async () => (await import('./decode-jxl.js')).openJxl,
  jp2: async () => (await import('./decode-jp2.js')).openJp2,
  heic: async () => (await import('./decode-heic.js')).openHeic,
};

/** What opens a format that libvips does not read. */
export const findOpener = (format: string | undefined): Promise<OpenPicture> | undefined => OPENERS[format ?? '']?.();
