import type { EmbeddingBlock } from './collection.js';
import { type Matrix, type MatrixProduct, sliceRows } from './matrix-product.js';

/** A part of an image, in pixels. */
export interface CropBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The side of a crop, as a share of the shorter side of its image: what is small in a photo is 1.5 times as large in a crop. */
export const CROP_SHARE = 2 / 3;

/** How many crops an image has. */
export const CROPS = 4;

/**
 * The squares in the four corners of an image. With the image itself they see every part of a usual photo, and what lies between two of them
 * is whole in one, unless it is large, and then the image shows it well.
 */
export function cropBoxes({ width, height }: { readonly width: number; readonly height: number }): CropBox[] {
  const side = Math.max(1, Math.round(CROP_SHARE * Math.min(width, height)));
  const corner = (left: number, top: number): CropBox => ({ left, top, width: side, height: side });
  return [corner(0, 0), corner(width - side, 0), corner(0, height - side), corner(width - side, height - side)];
}

/** Images that are multiplied at once. */
const PART = 1024;

/** The memory of the last product, for the next one. */
export interface SpareProduct {
  last?: Float32Array | undefined;
}

/** Finds rows of similarities that no tag can follow from: gives 0 for these. The array may be used again. [rows] */
export type Screen = (similarities: Float32Array) => Uint8Array;

interface BlockOptions {
  /** What images are compared with. */
  readonly columns: Matrix;
  readonly multiply: MatrixProduct;
  readonly spare?: SpareProduct;
  /** Images whose views it leaves out are not visited. */
  readonly screen?: Screen | undefined;
}

/**
 * The similarities of each image of a block: of the image itself, then of its crops where the block has them. The array is used again.
 *
 * @param visit takes the place of the image and its similarities. [views, columns]
 */
export async function eachOfBlock(
  { contentHashes, embeddings, crops }: EmbeddingBlock,
  { columns, multiply, spare = {}, screen }: BlockOptions,
  visit: (image: number, similarities: Float32Array) => void,
): Promise<void> {
  const width = columns.rows;
  const views = new Float32Array((1 + CROPS) * width); // [views, columns]
  for (let from = 0; from < contentHashes.length; from += PART) {
    const to = Math.min(from + PART, contentHashes.length);
    const whole = await multiply(sliceRows(embeddings, from, to), columns, spare.last); // [images, columns]
    spare.last = whole;
    const parts = crops && (await multiply(sliceRows(crops, from * CROPS, to * CROPS), columns)); // [images * CROPS, columns]
    const wanted = screen && joinViews(screen(whole).slice(), parts && screen(parts));
    for (let image = from; image < to; image++) {
      if (wanted?.[image - from] === 0) continue;
      const own = whole.subarray((image - from) * width, (image - from + 1) * width);
      if (parts) {
        views.set(own);
        views.set(parts.subarray((image - from) * CROPS * width, (image - from + 1) * CROPS * width), width);
      }
      visit(image, parts ? views : own);
    }
  }
}

/** Whether any view of an image is wanted. [images] */
function joinViews(whole: Uint8Array, parts: Uint8Array | undefined): Uint8Array {
  if (parts) for (const [i, wanted] of parts.entries()) if (wanted) whole[Math.floor(i / CROPS)] = 1;
  return whole;
}

/** The largest similarity of each column over the views of an image; itself where there is one. [columns] */
export function largestOfViews(similarities: Float32Array, columns: number): Float32Array {
  if (similarities.length === columns) return similarities;
  const largest = similarities.slice(0, columns);
  for (let i = columns; i < similarities.length; i++)
    if ((similarities[i] as number) > (largest[i % columns] as number)) largest[i % columns] = similarities[i] as number;
  return largest;
}
