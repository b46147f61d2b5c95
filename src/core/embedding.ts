/** A vector of unit length in the space that an encoder's images and texts share. [dimension] */
export type Embedding = Float32Array;

/** The dot product of two vectors of one length, summed in float64. For unit vectors it is their cosine. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** The Euclidean length of a vector. */
export function norm(vector: Float32Array): number {
  return Math.sqrt(dotProduct(vector, vector));
}

/** How far from 1 the length of an embedding may be: float32 sums over thousands of numbers. */
const LENGTH_TOLERANCE = 1e-3;

/** Whether a vector has unit length; one that holds NaN or infinity has not. */
export function isUnit(vector: Float32Array): boolean {
  return Math.abs(norm(vector) - 1) <= LENGTH_TOLERANCE;
}

/** A copy of the vector, scaled to length 1. The zero vector stays zero. Very large and very small values do not overflow. */
export function normalize(vector: Float32Array): Embedding {
  const unit = new Float32Array(vector); // counted loops: every image of a service comes by, and iterators cost more than the sums
  let largest = 0;
  for (let i = 0; i < unit.length; i++) largest = Math.max(largest, Math.abs(unit[i] as number));
  if (largest === 0 || !Number.isFinite(largest)) return unit;
  let sum = 0;
  for (let i = 0; i < unit.length; i++) sum += ((unit[i] as number) / largest) ** 2;
  const length = Math.sqrt(sum);
  for (let i = 0; i < unit.length; i++) unit[i] = (unit[i] as number) / largest / length;
  return unit;
}

/**
 * The renormalised mean of unit vectors: open_clip's class embedding of a label's prompts. `weights` are of the first vectors, and come again
 * for the next. [dimension]
 */
export function meanEmbedding(embeddings: readonly Embedding[], weights: readonly number[] = [1]): Embedding {
  const dimension = embeddings[0]?.length ?? 0;
  const sum = new Float64Array(dimension);
  for (const [n, embedding] of embeddings.entries()) {
    const weight = weights[n % weights.length] as number;
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + weight * (embedding[i] as number);
  }
  return normalize(Float32Array.from(sum, (value) => value / Math.max(1, embeddings.length)));
}
