import { cp, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../../checkpoints/manifest.js';
import { modelPaths } from '../../checkpoints/model-files.js';
import { readWeights, type StoredTensor } from '../../checkpoints/safetensors/read-weights.js';

/** A copy of a checkpoint whose float32 weights are rounded to bfloat16, in another folder. */
export async function copyAsBfloat16({ folder, model, companions }: Manifest, target: string): Promise<void> {
  const files = modelPaths(model);
  const large = new Set([...files, ...companions]);
  await cp(folder, target, {
    recursive: true,
    dereference: true,
    filter: (path) => ![...large].some((file) => path === join(folder, file)),
  });
  for (const file of files) {
    const tensors = [...(await readWeights(folder, [file]))];
    await writeRounded(join(folder, file), join(target, file), tensors);
  }
  for (const file of companions) await cp(join(folder, file), join(target, file), { dereference: true });
}

async function writeRounded(source: string, target: string, tensors: readonly [string, StoredTensor][]): Promise<void> {
  let end = 0;
  const header = Object.fromEntries(
    tensors.map(([name, { dtype, shape, length }]) => {
      const begin = end;
      end += dtype === 'F32' ? length / 2 : length;
      return [name, { dtype: dtype === 'F32' ? 'BF16' : dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  await using from = await open(source);
  await using to = await open(target, 'w');
  await to.write(Buffer.concat([prefix, json]));
  for (const [, { dtype, offset, length }] of tensors) {
    const bytes = Buffer.alloc(length);
    await from.read(bytes, 0, length, offset);
    await to.write(dtype === 'F32' ? toBfloat16(bytes) : bytes);
  }
}

/** The upper half of each float32, rounded to nearest with ties to even. */
function toBfloat16(bytes: Buffer): Buffer {
  const rounded = Buffer.alloc(bytes.length / 2);
  for (let i = 0; i < bytes.length; i += 4) {
    const bits = bytes.readUInt32LE(i);
    rounded.writeUInt16LE(((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff, i / 2);
  }
  return rounded;
}
