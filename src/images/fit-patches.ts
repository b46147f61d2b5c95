/**
 * The size of an image that is cut into `most` patches or fewer and keeps its shape: the search of SigLIP 2's processor, step by step, so that
 * its rounding is the same.
 */
export function fitPatches(
  image: { readonly width: number; readonly height: number },
  { patchSize, most }: { readonly patchSize: number; readonly most: number },
): { width: number; height: number } {
  const whole = (scale: number, size: number): number => Math.max(patchSize, Math.ceil((size * scale) / patchSize) * patchSize);
  let [low, high] = [EPSILON / 10, 100];
  while (high - low >= EPSILON) {
    const scale = (low + high) / 2;
    const patches = (whole(scale, image.height) / patchSize) * (whole(scale, image.width) / patchSize);
    if (patches <= most) low = scale;
    else high = scale;
  }
  return { width: whole(low, image.width), height: whole(low, image.height) };
}

const EPSILON = 1e-5;
