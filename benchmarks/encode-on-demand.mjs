// A program of engines.mjs: loads an encoder, then embeds the same files each time a line comes in.
//   node encode-on-demand.mjs BUILD OPTIONS FILE...     BUILD: a checkout of labelwise; OPTIONS: those of loadEncoder, as JSON
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [build, options, ...files] = process.argv.slice(2);
const { loadEncoder } = await import(pathToFileURL(`${build}/dist/index.js`).href);
const encoder = await loadEncoder({ ...JSON.parse(options), onWarning: (message) => console.error(message) });
const encode = async () => {
  const embeddings = [];
  for await (const outcome of encoder.encodeImages(files)) {
    if ('error' in outcome) throw outcome.error;
    embeddings.push(outcome.embedding);
  }
  return embeddings;
};
const embeddings = await encode();
const { device, engine } = await encoder.device();
console.log(JSON.stringify({ device, engine, embeddings: embeddings.map((embedding) => [...embedding]) }));
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  await encode();
  console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000 }));
}
await encoder.close();
process.exit(0);
