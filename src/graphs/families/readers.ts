import type { WeightFamily } from '../../checkpoints/families.js';
import type { FamilyReader } from './family.js';

/** By config.json's `model_type`; `open_clip` stands for open_clip_config.json. Each is imported when it is first needed. */
const READERS: Readonly<Record<WeightFamily, () => Promise<FamilyReader>>> = {
  clip: async () => (await import('./hf-clip.js')).readHfClip,
  metaclip_2: async () => (await import('./hf-clip.js')).readMetaClip2,
  clipseg: async () => (await import('./hf-clip.js')).readClipSeg,
  siglip: async () => (await import('./siglip.js')).readSiglip,
  siglip2: async () => (await import('./siglip.js')).readSiglip2,
  altclip: async () => (await import('./altclip.js')).readAltClip,
  align: async () => (await import('./align.js')).readAlign,
  chinese_clip: async () => (await import('./chinese-clip.js')).readChineseClip,
  open_clip: async () => (await import('./open-clip.js')).readOpenClip,
};

export function readerOf(modelType: string): Promise<FamilyReader> | undefined {
  return Object.hasOwn(READERS, modelType) ? READERS[modelType as WeightFamily]() : undefined;
}
