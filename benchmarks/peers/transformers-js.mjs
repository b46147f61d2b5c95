// transformers.js over image files: node transformers-js.mjs FOLDER NAME BATCH FILE... Prints one JSON line. FOLDER/NAME holds an ONNX export.
import { AutoProcessor, CLIPVisionModelWithProjection, env, RawImage } from '@huggingface/transformers';

const [folder, name, batch, ...files] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${folder}/`;
const started = performance.now();
const processor = await AutoProcessor.from_pretrained(name);
const model = await CLIPVisionModelWithProjection.from_pretrained(name, { dtype: 'fp32' });
const loadSeconds = (performance.now() - started) / 1000;
const encode = async (paths) => {
  for (let i = 0; i < paths.length; i += Number(batch)) {
    const images = await Promise.all(paths.slice(i, i + Number(batch)).map((path) => RawImage.read(path)));
    await model(await processor(images));
  }
};
await encode(files.slice(0, Number(batch)));
const [before, at] = [process.cpuUsage(), performance.now()];
await encode(files);
const seconds = (performance.now() - at) / 1000;
const { user, system } = process.cpuUsage(before);
const rate = { imagesPerSecond: files.length / seconds, cpuSecondsPerImage: (user + system) / 1e6 / files.length };
console.log(JSON.stringify({ ...rate, loadSeconds, peakMb: process.resourceUsage().maxRSS / 1000 }));
process.exit(0);
