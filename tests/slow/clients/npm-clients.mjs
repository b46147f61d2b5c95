/** What the clients of npm get from a service at the address in argv[2], as JSON. The photo's path is argv[3]. */
import { readFile } from 'node:fs/promises';
import { InferenceClient } from '@huggingface/inference';
import { CohereClientV2 } from 'cohere-ai';
import OpenAI from 'openai';

const [, , address, path] = process.argv;
const photo = await readFile(path);
const dataUrl = `data:image/jpeg;base64,${photo.toString('base64')}`;
const openai = new OpenAI({ apiKey: 'none', baseURL: `${address}/v1`, maxRetries: 0 });
const text = await openai.embeddings.create({ model: 'any', input: ['a rocket', 'a cat'] });
const floats = await openai.embeddings.create({ model: 'any', input: 'a rocket', encoding_format: 'float' });
const image = await openai.embeddings.create({ model: 'any', input: dataUrl, modality: 'image' });
const vllm = await openai.post('/embeddings', {
  body: {
    model: 'any',
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: dataUrl } }] }],
    encoding_format: 'float',
    continue_final_message: false,
    add_special_tokens: false,
  },
});
const refusal = await openai.embeddings.create({ model: 'any', input: 'a rocket', dimensions: 3 }).catch(String);
const models = (await openai.models.list()).data.map(({ id }) => id);

const hub = new InferenceClient('none', { endpointUrl: `${address}/hf/zero-shot-image-classification` });
const zeroShot = await hub.zeroShotImageClassification({
  inputs: { image: new Blob([photo]) },
  parameters: { candidate_labels: ['rocket', 'cat'], hypothesis_template: 'a photo of a {}' },
});

const cohere = new CohereClientV2({ token: 'none', environment: address });
const cohereText = await cohere.embed({ model: 'any', inputType: 'search_query', texts: ['a rocket'], embeddingTypes: ['float'] });
const cohereImage = await cohere.embed({ model: 'any', inputType: 'image', images: [dataUrl], embeddingTypes: ['float'] });

console.log(
  JSON.stringify({
    openaiTexts: text.data.map(({ embedding }) => embedding),
    openaiFloats: floats.data[0].embedding,
    openaiImage: image.data[0].embedding,
    vllmImage: vllm.data[0].embedding,
    refusal,
    models,
    zeroShot,
    cohereText: cohereText.embeddings.float[0],
    cohereImage: cohereImage.embeddings.float[0],
  }),
);
