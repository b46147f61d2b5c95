/**
 * The resize alone, to CLIP's 224 x 224: the WebAssembly kernel, our plain JavaScript and, where LABELWISE_DATA's
 * neighbour parity/prototype is present, its plain JavaScript and its AssemblyScript. Interleaved, medians, ratios.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { applyResizeAndCrop, normalizePixels, openResizeKernel, parseImageTransform, writePixels } from '../dist/library/encoders.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const prototypes = join(process.env.LABELWISE_DATA ?? join(root, '../shared/data'), '../parity/prototype');
const rounds = Number(process.argv[2] ?? 15);
const SIDE = 224;
const kernel = openResizeKernel();
if (!kernel) throw new Error('The kernel is missing: npm run build.');
const transform = parseImageTransform({ size: SIDE, do_center_crop: true, crop_size: SIDE });

const ways = {
  kernel: (image) => applyResizeAndCrop(image, transform, kernel).data,
  JavaScript: (image) => applyResizeAndCrop(image, transform, null).data,
  ...(await plainPrototype()),
  ...simdPrototype(),
};
const out = new Float32Array(3 * SIDE * SIDE);
const numbers = {
  'kernel, normalised': (image) => writePixels(image, transform, { out, kernel }),
  'JavaScript, normalised': (image) => normalizePixels(applyResizeAndCrop(image, transform, null), transform, out),
};

for (const [width, height] of [
  [500, 375],
  [1280, 960],
  [4000, 3000],
  [3000, 4000],
  [1000, 6000], // vertical pass first
  [32, 32],
]) {
  const image = await photo(width, height);
  const expected = Buffer.from(ways.JavaScript(image));
  for (const [name, way] of Object.entries(ways)) {
    if (width <= height * 2 && height <= width * 2 && !expected.equals(way(image))) throw new Error(`${name}: other pixels`);
  }
  const all = { ...ways, ...numbers };
  const times = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
  const repeats = Math.max(1, Math.round(1e6 / (width * height)));
  for (let round = 0; round < rounds; round++) {
    for (const [name, way] of Object.entries(all)) {
      const started = performance.now();
      for (let i = 0; i < repeats; i++) way(image);
      times[name].push((performance.now() - started) / repeats);
    }
  }
  const base = median(times.kernel);
  console.log(`${width} x ${height}`);
  for (const [name, values] of Object.entries(times)) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    console.log(
      `  ${name.padEnd(28)} ${median(values).toFixed(3)} ms (${low.toFixed(3)} to ${high.toFixed(3)})  ${(median(values) / base).toFixed(2)} x kernel`,
    );
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** A real photo, stretched, so that the values are those of photos. */
async function photo(width, height) {
  const file = join(root, 'demo/photos/coffee.jpg');
  const data = await sharp(file).resize(width, height, { fit: 'fill' }).toColourspace('srgb').removeAlpha().raw().toBuffer();
  return { data, width, height };
}

/** transformers' size for the shorter side, and where the crop begins. */
function place({ width, height }) {
  const w = width <= height ? SIDE : Math.trunc((SIDE * width) / height);
  const h = width <= height ? Math.trunc((SIDE * height) / width) : SIDE;
  return { w, h, left: (w - SIDE) >> 1, top: (h - SIDE) >> 1 };
}

async function plainPrototype() {
  const file = join(prototypes, 'pillow-resize.mjs');
  if (!existsSync(file)) return {};
  const code = readFileSync(file, 'utf8').replace("import sharp from 'sharp';", '');
  const { resizeCrop } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const run = (image) => {
    const { w, h, left, top } = place(image);
    return resizeCrop(image.data, image.width, image.height, w, h, left, top, SIDE);
  };
  return { 'prototype, JavaScript': run };
}

function simdPrototype() {
  const file = join(prototypes, 'resize-simd.assemblyscript.ts');
  if (!existsSync(file)) return {};
  const folder = mkdtempSync(join(tmpdir(), 'labelwise-bench-'));
  const wasm = join(folder, 'prototype.wasm');
  const asc = [join(root, 'node_modules/assemblyscript/bin/asc.js'), file, '--outFile', wasm];
  spawnSync(process.execPath, [...asc, '-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd'], { stdio: 'inherit' });
  const { horizontal, vertical, memory } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(wasm))).exports;
  rmSync(folder, { recursive: true });
  memory.grow(1024);
  const run = (image) => {
    const { w, h, left, top } = place(image);
    const across = cubicTaps(image.width, w, left);
    const down = cubicTaps(image.height, h, top);
    const bytes = new Uint8Array(memory.buffer);
    let end = 0;
    const put = (array) => {
      const at = end;
      end += (array.byteLength + 63) & ~63;
      bytes.set(new Uint8Array(array.buffer), at);
      return at;
    };
    const [s, l, k, vs, vl, vk] = [across.starts, across.counts, across.weights, down.starts, down.counts, down.weights].map(put);
    const source = end;
    bytes.set(image.data, source);
    const mid = (source + image.data.length + 63) & ~63;
    const target = mid + image.height * SIDE * 3 + 64;
    horizontal(source, image.width * 3, image.height, s, l, k, across.stride, SIDE, mid);
    vertical(mid, vs, vl, vk, down.stride, SIDE, SIDE * 3, target);
    return bytes.slice(target, target + SIDE * SIDE * 3);
  };
  return { 'prototype, AssemblyScript': run };
}

/** The prototype's own weights. */
function cubicTaps(inputSize, outputSize, from) {
  const scale = inputSize / outputSize;
  const reduction = Math.max(scale, 1);
  const support = 2 * reduction;
  const stride = Math.ceil(support) * 2 + 1;
  const [starts, counts, weights] = [new Int32Array(SIDE), new Int32Array(SIDE), new Int32Array(SIDE * stride)];
  const cubic = (t) => {
    const x = Math.abs(t);
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  };
  for (let i = 0; i < SIDE; i++) {
    const center = (i + from + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inputSize, Math.trunc(center + support + 0.5)) - first;
    const exact = Array.from({ length: count }, (_, tap) => cubic((tap + first - center + 0.5) / reduction));
    const sum = exact.reduce((a, b) => a + b, 0);
    for (let tap = 0; tap < count; tap++) weights[i * stride + tap] = Math.round((exact[tap] / sum) * 2 ** 22);
    starts[i] = first;
    counts[i] = count;
  }
  return { starts, counts, weights, stride };
}
