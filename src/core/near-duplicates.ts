import { type Matrix, type MatrixProduct, multiply, sliceRows } from './matrix-product.js';

/** An image of a group, by its row. */
export interface DuplicateMember {
  readonly row: number;
  /** The similarity to the most similar image of the group. */
  readonly similarity: number;
}

export interface DuplicateOptions {
  /** The smallest cosine of two images that puts them into one group. */
  readonly minSimilarity: number;
  readonly multiply?: MatrixProduct | undefined;
  /** Rows of one block. Beside the matrix, two blocks and their product (16 MB for 2,048) are in memory. */
  readonly blockRows?: number | undefined;
  /** Called after each block with the number of pairs compared, and of all pairs. It may throw to stop. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Groups of similar images: two are in one group if their similarity reaches the threshold, or if a chain of such pairs joins
 * them (a burst of photos). Every pair is compared exactly, block by block: n * n / 2 products. Members and groups are in the order of
 * their rows.
 */
export async function findDuplicateGroups(embeddings: Matrix, options: DuplicateOptions): Promise<DuplicateMember[][]> {
  const { minSimilarity, blockRows = 2048, onProgress } = options;
  const product = options.multiply ?? multiply;
  const { rows } = embeddings;
  const groups = createGroups(rows);
  const nearest = new Float32Array(rows).fill(Number.NEGATIVE_INFINITY);
  const total = (rows * (rows - 1)) / 2;
  let done = 0;
  for (let i = 0; i < rows; i += blockRows) {
    const tall = sliceRows(embeddings, i, i + blockRows);
    for (let j = i; j < rows; j += blockRows) {
      const wide = sliceRows(embeddings, j, j + blockRows);
      joinPairs(await product(tall, wide), { i, j, width: wide.rows, height: tall.rows });
      done += i === j ? (tall.rows * (tall.rows - 1)) / 2 : tall.rows * wide.rows;
      onProgress?.(done, total);
    }
  }
  return groups.list().map((members) => members.map((row) => ({ row, similarity: Math.min(1, nearest[row] as number) })));

  /** Joins what is alike in the block of similarities that begins at row i, column j. [height, width] */
  function joinPairs(similarities: Float32Array, { i, j, width, height }: { i: number; j: number; width: number; height: number }): void {
    for (let y = 0; y < height; y++) {
      for (let x = i === j ? y + 1 : 0; x < width; x++) {
        const similarity = similarities[y * width + x] as number;
        if (!(similarity >= minSimilarity)) continue;
        groups.join(i + y, j + x);
        if (similarity > (nearest[i + y] as number)) nearest[i + y] = similarity;
        if (similarity > (nearest[j + x] as number)) nearest[j + x] = similarity;
      }
    }
  }
}

/** Union-find over rows, each path halved as it is walked; a group is named by its first row. */
function createGroups(rows: number): { join(a: number, b: number): void; list(): number[][] } {
  const parents = Uint32Array.from({ length: rows }, (_, row) => row);
  const rootOf = (row: number): number => {
    let at = row;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  };
  return {
    join(a, b) {
      const [rootA, rootB] = [rootOf(a), rootOf(b)];
      parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
    },
    list() {
      const members = new Map<number, number[]>();
      for (let row = 0; row < rows; row++) {
        const root = rootOf(row);
        const group = members.get(root);
        if (group) group.push(row);
        else members.set(root, [row]);
      }
      return [...members.values()].filter((group) => group.length > 1);
    },
  };
}
