/** Repositories that hold no ONNX files and are known by another name on the hub, with the trained scale that their authors published. */
interface KnownExport {
  readonly onnx: string;
  /** exp(logit_scale) of the published weights: 100 for OpenAI's models, where training clipped it (CLIP paper, section 2.5). */
  readonly logitScale: number;
}

export const KNOWN_EXPORTS: Readonly<Record<string, KnownExport>> = {
  'openai/clip-vit-base-patch32': { onnx: 'Xenova/clip-vit-base-patch32', logitScale: 100 },
  'openai/clip-vit-base-patch16': { onnx: 'Xenova/clip-vit-base-patch16', logitScale: 100 },
  'openai/clip-vit-large-patch14': { onnx: 'Xenova/clip-vit-large-patch14', logitScale: 100 },
};

/** The repository that an export was made from, where we know it. */
export function originOf(onnxRepo: string): string | undefined {
  return Object.entries(KNOWN_EXPORTS).find(([, known]) => known.onnx === onnxRepo)?.[0];
}
