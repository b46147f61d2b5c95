// Peak memory while small files that claim large pictures are decoded: node measure-decode-memory.mjs [COUNT] [MUTATED]. Prints one JSON line a case.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { PreparePool } from '../dist/images/pool/prepare-pool.js';
import { DEFAULT_IMAGE_LIMITS } from '../dist/images/read-image.js';
import { parseImageTransform } from '../dist/library/encoders.js';

const photo = fileURLToPath(new URL('../demo/photos/coffee.jpg', import.meta.url));
const SIDE = 12_240; // just within the limit of 150 megapixels

/** A photo whose header claims another size. */
function claim(jpeg, side) {
  const bytes = Buffer.from(jpeg);
  const frame = bytes.findIndex((byte, i) => byte === 0xff && (bytes[i + 1] === 0xc0 || bytes[i + 1] === 0xc2));
  bytes.writeUInt16BE(side, frame + 5);
  bytes.writeUInt16BE(side, frame + 7);
  return bytes;
}

/** A photo with a few bytes of its first kilobyte changed, the same ones in each run. */
function mutate(jpeg, seed) {
  const bytes = Buffer.from(jpeg);
  let state = seed * 2654435761;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  for (let i = 0; i < 4; i++) bytes[2 + random(1000)] = random(256);
  return bytes;
}

const CASES = {
  baseline: async (count) => Array(count).fill(claim(readFileSync(photo), SIDE)),
  progressive: async (count) => Array(count).fill(claim(await sharp(photo).jpeg({ progressive: true }).toBuffer(), SIDE)),
  mutated: async (_, count) => {
    const small = await sharp(photo).resize(300).jpeg().toBuffer();
    return Array.from({ length: count }, (_, i) => mutate(small, i));
  },
};

async function measure(name, counts) {
  const images = await CASES[name](...counts);
  const pool = new PreparePool(
    { transform: parseImageTransform({ size: 224, crop_size: 224 }), limits: DEFAULT_IMAGE_LIMITS },
    { size: availableParallelism() },
  );
  const outcomes = await Promise.all(
    images.map((bytes) =>
      pool.prepare(bytes, false).then(
        () => 'decoded',
        (error) => error.code,
      ),
    ),
  );
  await pool.close();
  const tally = Object.fromEntries(
    [...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((other) => other === outcome).length]),
  );
  console.log(JSON.stringify({ case: name, images: images.length, ...tally, peakMb: Math.round(process.resourceUsage().maxRSS / 1000) }));
}

const [count = '30', mutated = '2000', only] = process.argv.slice(2);
if (only) await measure(only, [Number(count), Number(mutated)]);
else
  for (const name of Object.keys(CASES))
    execFileSync(process.execPath, [fileURLToPath(import.meta.url), count, mutated, name], { stdio: 'inherit' });
