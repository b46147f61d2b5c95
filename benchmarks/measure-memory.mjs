// Peak memory over many photos of mixed sizes: node measure-memory.mjs COUNT. Every 400th has 50 megapixels, every 40th 12. Prints one JSON line.
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { loadEncoder } from '../dist/index.js';

const count = Number(process.argv[2] ?? 10_000);
const photo = fileURLToPath(new URL('../demo/photos/coffee.jpg', import.meta.url));
const jpeg = (width, height) => sharp(photo).resize(width, height, { fit: 'fill' }).jpeg().toBuffer();
const sizes = [
  [500, 375],
  [640, 480],
  [333, 500],
  [1024, 768],
  [320, 240],
];
const small = await Promise.all(sizes.map(([w, h]) => jpeg(w, h)));
const [large, huge] = [await jpeg(4000, 3000), await jpeg(8660, 5774)];
sharp.cache(false);
const encoder = await loadEncoder({ model: fileURLToPath(new URL('../tests/parity/clip-tiny', import.meta.url)), onWarning() {} });
await encoder.device();
const baseMb = process.memoryUsage().rss / 1e6;
const rss = [];
const images = (function* () {
  for (let i = 0; i < count; i++) yield i % 400 === 399 ? huge : i % 40 === 39 ? large : small[i % small.length];
})();
for await (const outcome of encoder.encodeImages(images)) {
  if ('error' in outcome) throw outcome.error;
  if ((outcome.index + 1) % Math.ceil(count / 20) === 0) rss.push(Math.round(process.memoryUsage().rss / 1e6));
}
console.log(JSON.stringify({ count, baseMb: Math.round(baseMb), peakMb: Math.round(process.resourceUsage().maxRSS / 1000), rss }));
await encoder.close();
