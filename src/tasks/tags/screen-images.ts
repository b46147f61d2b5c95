import type { Screen } from '../../core/crops.js';
import type { LabelTest, RowBounds } from '../../core/decisions/several-labels.js';
import { openWasm, type WasmMemory } from '../../files/open-wasm.js';
import { packageFile } from '../../files/package-root.js';

/** assembly/bounds-kernel.ts, compiled. */
interface BoundsKernel {
  readonly memory: WasmMemory;
  boundRows(
    ...args: [rows: number, count: number, width: number, labels: number, words: number, slopes: number, scale: number, out: number]
  ): void;
}

/** The numbers of a row that the kernel writes. */
const BOUNDS = 5;
const PAGE = 65_536;
/** The kernel's sums of exponentials are at most that much too large. */
const SURPLUS = 1.062;

/**
 * Finds the images that certainly have no label, without deciding any label. Undefined where the machine has no WebAssembly SIMD: then every image is
 * decided.
 *
 * @returns takes similarities [rows, columns] and gives 0 for each row without a label. The array is used again. [rows]
 */
export function openScreen(test: LabelTest): Screen | undefined {
  const kernel = openWasm<BoundsKernel>(packageFile('dist/tasks/tags/bounds-kernel.wasm'));
  if (!kernel) return undefined;
  const { memory } = kernel;
  const { labels, words, weights, logitScale } = test.screen;
  const width = test.columns.rows;
  const growTo = (bytes: number): void => {
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  };
  const slopesAt = memory.buffer.byteLength; // what the kernel has of its own stays below
  const rowsAt = slopesAt + 8 * labels;
  growTo(rowsAt);
  const tables = new Float32Array(memory.buffer, slopesAt, 2 * labels); // what is stored stays there when the memory grows
  tables.set(weights.map((weight) => weight + logitScale));
  tables.set(weights, labels);
  let flags = new Uint8Array(0);
  return (similarities) => {
    const count = similarities.length / width;
    const outAt = rowsAt + similarities.byteLength;
    growTo(outAt + 4 * BOUNDS * count);
    if (flags.length !== count) flags = new Uint8Array(count);
    const { buffer } = memory;
    new Float32Array(buffer, rowsAt, similarities.length).set(similarities);
    kernel.boundRows(rowsAt, count, width, labels, words, slopesAt, logitScale, outAt);
    const out = new Float32Array(buffer, outAt, BOUNDS * count);
    for (let row = 0; row < count; row++) {
      const [most = 0, label = 0, labelSum = 0, word = 0, wordSum = 0] = out.subarray(row * BOUNDS, (row + 1) * BOUNDS);
      const bounds: RowBounds = { most, among: leastLog(label, labelSum, logitScale), others: leastLog(word, wordSum, logitScale) };
      flags[row] = test.mayHave(bounds, similarities, row * width) ? 1 : 0;
    }
    return flags;
  };
}

/** At most the logarithm of the sum of exp(scale * similarity). `sum` is the kernel's, of exp(scale * (similarity - largest)), and is 1 or more. */
const leastLog = (largest: number, sum: number, scale: number): number => scale * largest + Math.max(0, Math.log(sum / SURPLUS));
