import { damagedImage } from './image-faults.js';
import { findDecoder } from './load-decoder.js';
import { sharpOpener } from './open-sharp.js';
import type { OpenedPicture } from './opened-picture.js';

/** The part of jxl-oxide that we use. */
interface JxlOxide {
  initSync(options: { module: Uint8Array }): unknown;
  JxlImage: new () => {
    feedBytes(bytes: Uint8Array): number;
    tryInit(): boolean;
    render(): { encodeToPng(): Uint8Array };
    forceSrgb: boolean;
    readonly loaded: boolean;
    readonly width: number | undefined;
    readonly height: number | undefined;
    free(): void;
  };
}

let opened: Promise<JxlOxide> | undefined;
/** How often it has broken down: each time, the next picture gets another one. */
let failures = 0;

async function openOxide(): Promise<JxlOxide> {
  const decoder = findDecoder('jxl-oxide-wasm', 'JPEG XL');
  const oxide = (await decoder.import(`jxl_oxide_wasm.js${failures === 0 ? '' : `?${failures}`}`)) as JxlOxide;
  oxide.initSync({ module: decoder.read('jxl_oxide_wasm_bg.wasm') });
  return oxide;
}

/** Opens a JPEG XL, its first picture, the right way up. jxl-oxide is Rust in WebAssembly: what it cannot read is an error, and no more. */
export async function openJxl(bytes: Uint8Array): Promise<OpenedPicture> {
  opened ??= openOxide();
  opened.catch(() => {
    opened = undefined;
  });
  const { JxlImage } = await opened;
  const image = new JxlImage();
  try {
    inWords(() => image.feedBytes(bytes));
    const isReady = inWords(() => image.tryInit());
    const { width = 0, height = 0 } = image;
    if (!isReady || width === 0 || height === 0) throw damagedImage('JPEG XL image', 'it ends within its header');
    // the samples as numbers of 32 bits, in three planes, and a PNG of them
    return { width, height, bytesNeeded: width * height * 28, decode: () => decode(bytes, JxlImage) };
  } finally {
    image.free();
  }
}

async function decode(bytes: Uint8Array, JxlImage: JxlOxide['JxlImage']) {
  const image = new JxlImage();
  try {
    const png = inWords(() => {
      image.feedBytes(bytes);
      image.tryInit();
      if (!image.loaded) throw damagedImage('JPEG XL image', 'it ends within its picture');
      return image.render().encodeToPng(); // which frees the frame
    });
    const { data, info } = await sharpOpener()(png)
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { samples: data, width: info.width, height: info.height, form: info.channels === 1 ? ('grey' as const) : ('rgb' as const) };
  } finally {
    image.free();
  }
}

function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'IMAGE_DAMAGED') throw error;
    if (error instanceof Error && error.name === 'RuntimeError') {
      opened = undefined;
      failures++;
    }
    throw damagedImage('JPEG XL image', `${error}`.replace(/^(?:Runtime)?Error: /, '').replace(/\.$/, ''), error);
  }
}
