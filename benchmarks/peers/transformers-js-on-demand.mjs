// transformers.js as a program of engines.mjs: FOLDER NAME BATCH FILE...
import { createInterface } from 'node:readline';
import { AutoProcessor, CLIPVisionModelWithProjection, env, RawImage } from '@huggingface/transformers';

const [folder, name, batch, ...files] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${folder}/`;
const processor = await AutoProcessor.from_pretrained(name);
const model = await CLIPVisionModelWithProjection.from_pretrained(name, { dtype: 'fp32' });
const encode = async () => {
  const embeddings = [];
  for (let i = 0; i < files.length; i += Number(batch)) {
    const images = await Promise.all(files.slice(i, i + Number(batch)).map((path) => RawImage.read(path)));
    const { image_embeds } = await model(await processor(images));
    embeddings.push(...image_embeds.tolist());
  }
  return embeddings;
};
console.log(JSON.stringify({ device: 'cpu', engine: 'transformers.js', embeddings: await encode() }));
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  await encode();
  console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));
}
process.exit(0);
