import type { FamilyReader } from './family.js';

/** By config.json's `model_type`; `open_clip` stands for open_clip_config.json. Imported when they are needed. */
const FAMILIES: Readonly<Record<string, () => Promise<FamilyReader>>> = {
  clip: async () => (await import('./hf-clip.js')).readHfClip,
  siglip: async () => (await import('./siglip.js')).readSiglip,
  chinese_clip: async () => (await import('./chinese-clip.js')).readChineseClip,
  open_clip: async () => (await import('./open-clip.js')).readOpenClip,
};

/** Whether labelwise writes the graphs of this family from its weights. */
export const isWritable = (modelType: string): boolean => Object.hasOwn(FAMILIES, modelType);

export function readerOf(modelType: string): Promise<FamilyReader> | undefined {
  return isWritable(modelType) ? FAMILIES[modelType]?.() : undefined;
}
