/** ln of the sum of exp of some numbers, stable for numbers of any size; minus infinity of nothing. */
export function logSumExp(logits: Float32Array | Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let label = 0; label < logits.length; label++) if ((logits[label] as number) > largest) largest = logits[label] as number;
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  let sum = 0;
  for (let label = 0; label < logits.length; label++) sum += Math.exp((logits[label] as number) - largest);
  return largest + Math.log(sum);
}
