import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createApp } from '../../dist/server/create-app.js';
import { createService } from '../../dist/server/service.js';
import { openWorkspace } from '../../dist/tasks/workspace.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { ROOT } from '../fixtures/paths.js';

const photo = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(ROOT, 'demo/photos', name)));
const base64 = (name: string): string => Buffer.from(photo(name)).toString('base64');
const workspace = openWorkspace({
  db: temporaryFolder(),
  cache: undefined,
  cwd: ROOT,
  home: temporaryFolder(),
  hub: { endpoint: '', offline: true },
} as never);
const service = createService(workspace, { maxItems: 4, answersTo: ['ViT-B-32__openai'] });
const app = createApp(service);

afterAll(async () => {
  await service.close();
  await workspace.close();
});

const post = async (path: string, body: unknown): Promise<{ status: number; body: never }> => {
  const response = await app.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return { status: response.status, body: (await response.json()) as never };
};

/** What the encoder itself says of a text and a photo. */
async function expected(): Promise<{ text: number[]; image: number[] }> {
  const encoder = await workspace.encoder();
  const [text] = await encoder.encodeTexts(['a rocket']);
  for await (const outcome of encoder.encodeImages([photo('rocket.jpg')]))
    return { text: [...(text ?? [])], image: 'embedding' in outcome ? [...outcome.embedding] : [] };
  throw new Error('nothing was encoded');
}

const unpack = (text: string): number[] => {
  const bytes = Buffer.from(text, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};

describe('Immich', () => {
  const predict = async (entries: unknown, parts: Record<string, string | Blob>) => {
    const form = new FormData();
    form.append('entries', typeof entries === 'string' ? entries : JSON.stringify(entries));
    for (const [name, value] of Object.entries(parts)) form.append(name, value);
    const response = await app.request('/predict', { method: 'POST', body: form });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const modelName = 'ViT-B-32__openai';

  test('a photo and a text have the embeddings of the encoder, as JSON within JSON', async () => {
    const { text, image } = await expected();
    const visual = await predict({ clip: { visual: { modelName } } }, { image: new Blob([photo('rocket.jpg')]) });
    expect(visual.status).toBe(200);
    expect(Object.keys(visual.body).sort()).toEqual(['clip', 'imageHeight', 'imageWidth']);
    expect(JSON.parse(visual.body.clip as string)).toEqual(image);
    expect(visual.body).toMatchObject({ imageHeight: 427, imageWidth: 640 });
    const textual = await predict({ clip: { textual: { modelName, options: { language: 'de' } } } }, { text: 'a rocket' });
    expect(Object.keys(textual.body)).toEqual(['clip']);
    expect(JSON.parse(textual.body.clip as string)).toEqual(text);
  });

  test('ping is answered with pong', async () => {
    expect(await (await app.request('/ping')).text()).toBe('pong');
  });

  const faces = {
    'facial-recognition': { detection: { modelName: 'buffalo_l', options: { minScore: 0.7 } }, recognition: { modelName: 'buffalo_l' } },
  };
  const ocr = { ocr: { detection: { modelName: 'PP-OCRv5_mobile' }, recognition: { modelName: 'PP-OCRv5_mobile' } } };
  const rocket = { image: new Blob([photo('rocket.jpg')]) };
  test.each([
    ['faces, which are no empty list of faces', faces, rocket, 501, /facial-recognition/],
    ['text recognition', ocr, rocket, 501, /ocr/],
    ['faces beside clip', { clip: { visual: { modelName } }, ...faces }, rocket, 501, /facial-recognition/],
    [
      'another model, whose embeddings cannot be compared',
      { clip: { visual: { modelName: 'ViT-L-14__openai' } } },
      rocket,
      422,
      /runs, got ViT-L-14__openai/,
    ],
    ['no image', { clip: { visual: { modelName } } }, {}, 422, /one `image`/],
    ['a text for the visual model', { clip: { visual: { modelName } } }, { text: 'x' }, 422, /one `image`/],
    ['both models', { clip: { visual: { modelName }, textual: { modelName } } }, rocket, 422, /textual or the visual/],
    ['an unknown option', { clip: { visual: { modelName, options: { crop: true } } } }, rocket, 422, /textual or the visual/],
    ['an unknown field', { clip: { textual: { modelName } } }, { text: 'x', assetId: '1' }, 422, /assetId/],
    ['entries that are not JSON', '{', rocket, 422, /JSON object/],
    ['bytes that are no image', { clip: { visual: { modelName } } }, { image: new Blob(['nothing']) }, 415, /something else/],
  ] as const)('%s is refused by name', async (_, entries, parts, status, message) => {
    const answer = await predict(entries, parts as never);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(message);
  });

  test("Immich's names mean the same weights wherever labelwise gets them", async () => {
    const { isImmichName } = await import('../../dist/server/routes/compatible/immich-models.js');
    expect(isImmichName('ViT-B-32__openai', 'openai/clip-vit-base-patch32')).toBe(true);
    expect(isImmichName('ViT-B-32::openai', 'Xenova/clip-vit-base-patch32@main')).toBe(true);
    expect(isImmichName('immich-app/ViT-B-32__openai', 'openai/clip-vit-base-patch32')).toBe(true);
    expect(isImmichName('ViT-B-32__laion400m_e32', 'openai/clip-vit-base-patch32')).toBe(false);
    expect(isImmichName('pocket', 'pocket')).toBe(true);
    expect(isImmichName('constructor', 'pocket')).toBe(false);
  });
});

describe('embeddings', () => {
  const dataUrl = `data:image/jpeg;base64,${base64('rocket.jpg')}`;
  const image = [{ type: 'image_url', image_url: { url: dataUrl } }];
  const vllm = { continue_final_message: false, add_special_tokens: false, encoding_format: 'float' };
  test.each([
    ["infinity's form", '/v1/embeddings', { input: [dataUrl], modality: 'image', model: 'x', dimensions: 0, encoding_format: 'float' }],
    ["infinity's form at its own address", '/embeddings', { input: dataUrl, modality: 'image' }],
    ["infinity's older form", '/embeddings_image', { input: [dataUrl], model: 'x' }],
    [
      "Jina's form",
      '/v1/embeddings',
      { input: [{ image: base64('rocket.jpg') }], model: 'jina-clip-v2', normalized: true, embedding_type: 'float' },
    ],
    ["the form of Jina's clients", '/v1/embeddings', { input: [{ bytes: base64('rocket.jpg') }], model: 'x', encoding_type: 'float' }],
    ["vLLM's form", '/v1/embeddings', { messages: [{ role: 'user', content: image }], model: 'x', ...vllm }],
  ])('%s of an image has the embedding of the encoder', async (_, path, body) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(200);
    expect((answer.body as { data: { embedding: number[] }[] }).data.map(({ embedding }) => embedding)).toEqual([(await expected()).image]);
  });

  test("texts and images of Jina's form keep their order", async () => {
    const { text, image: picture } = await expected();
    const { body } = await post('/v1/embeddings', {
      input: [{ text: 'a rocket' }, { image: dataUrl }, 'a rocket'],
      encoding_type: 'base64',
    });
    const data = (body as { data: { embedding: string; index: number }[] }).data;
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(data.map(({ embedding }) => unpack(embedding))).toEqual([text, picture, text]);
  });

  test("Cohere's form has floats and base64 of texts, images and inputs", async () => {
    const { text, image: picture } = await expected();
    const texts = await post('/v2/embed', {
      model: 'x',
      input_type: 'search_query',
      texts: ['a rocket'],
      embedding_types: ['float', 'base64'],
    });
    const { float, base64: packed } = (texts.body as { embeddings: { float: number[][]; base64: string[] } }).embeddings;
    expect(float).toEqual([text]);
    expect(packed.map(unpack)).toEqual([text]);
    for (const body of [{ images: [dataUrl], input_type: 'image' }, { inputs: [{ content: image }] }])
      expect((await post('/v2/embed', { model: 'x', ...body })).body).toMatchObject({ embeddings: { float: [picture] } });
  });

  test('a text that was cut is named in a header, whatever the protocol', async () => {
    const long = `Äpfel und ${'very long words '.repeat(200)}`;
    const warnings = async (path: string, body: unknown) => {
      const isForm = body instanceof FormData;
      const response = await app.request(path, {
        method: 'POST',
        body: isForm ? body : JSON.stringify(body),
        ...(isForm ? {} : { headers: { 'content-type': 'application/json' } }),
      });
      expect(response.status).toBe(200);
      return JSON.parse(response.headers.get('x-labelwise-warnings') ?? '[]') as string[];
    };
    const form = new FormData();
    form.append('entries', JSON.stringify({ clip: { textual: { modelName: 'pocket' } } }));
    form.append('text', long);
    const zeroShot = { inputs: base64('rocket.jpg'), parameters: { candidate_labels: ['cat', long.slice(0, 900)] } };
    for (const [path, body] of [
      ['/v1/embeddings', { input: ['x', long] }],
      ['/embeddings', { input: long }],
      ['/v2/embed', { texts: [long] }],
      ['/predict', form],
      ['/hf/zero-shot-image-classification', zeroShot],
    ] as const)
      expect(await warnings(path, body)).toContainEqual(expect.stringMatching(/were cut: the first is .*Äpfel/));
    expect(await warnings('/v1/embeddings', { input: ['a rocket'] })).toEqual([]);
  });

  test.each([
    ['token numbers in place of texts', '/v1/embeddings', { input: [[1, 2, 3]] }],
    ['audio', '/v1/embeddings', { input: dataUrl, modality: 'audio' }],
    ['an image where a text is expected', '/v1/embeddings', { input: [dataUrl] }],
    ['an image as a text of a message', '/v1/embeddings', { messages: [{ role: 'user', content: dataUrl }] }],
    ["an image among Cohere's texts", '/v2/embed', { texts: ['x', dataUrl] }],
    ['a task, which would change the embeddings of another model', '/v1/embeddings', { input: 'x', task: 'retrieval.query' }],
    ['late chunking', '/v1/embeddings', { input: ['x'], late_chunking: true }],
    ['embeddings that are not normalised', '/v1/embeddings', { input: ['x'], normalized: false }],
    ['bits in place of numbers', '/v1/embeddings', { input: ['x'], encoding_type: 'binary' }],
    ['two encodings', '/v1/embeddings', { input: ['x'], encoding_type: 'float', encoding_format: 'base64' }],
    ['input beside messages', '/v1/embeddings', { input: 'x', messages: [{ role: 'user', content: 'x' }] }],
    ['neither input nor messages', '/v1/embeddings', { model: 'x' }],
    ['a chat template', '/v1/embeddings', { messages: [{ role: 'user', content: 'x' }], chat_template: '{{ x }}' }],
    ['an image and a text as one', '/v1/embeddings', { messages: [{ role: 'user', content: [...image, { type: 'text', text: 'x' }] }] }],
    ['a message of the system', '/v1/embeddings', { messages: [{ role: 'system', content: 'x' }] }],
    ['other dimensions', '/v2/embed', { texts: ['x'], output_dimension: 256 }],
    ['int8', '/v2/embed', { texts: ['x'], embedding_types: ['int8'] }],
    ['texts beside images', '/v2/embed', { texts: ['x'], images: [dataUrl] }],
    ['an address', '/v2/embed', { images: ['http://127.0.0.1/x.jpg'] }],
  ])('%s is refused', async (_, path, body) => {
    expect((await post(path, body)).status).toBe(400);
  });

  test("an error has the form of OpenAI's clients too", async () => {
    const { body } = await post('/v1/embeddings', { input: ['x'], dimensions: 3 });
    expect(body).toMatchObject({
      code: 'DIMENSIONS_UNAVAILABLE',
      error: { type: 'invalid_request_error', code: 'DIMENSIONS_UNAVAILABLE', param: null },
    });
    expect((body as { error: { message: string } }).error.message).toMatch(/^Expected `dimensions` to be 512/);
  });
});

test('an image that still waits gives up its place when its client goes away', async () => {
  const { ImageBatcher } = await import('../../dist/server/image-batcher.js');
  let taken = 0;
  let release = (): void => {};
  const batcher = new ImageBatcher({
    info: {} as never,
    async *encodeImages(images) {
      for await (const _ of images as AsyncIterable<Uint8Array>) {
        taken++;
        await new Promise<void>((go) => {
          release = go;
        });
        yield { index: 0, embedding: new Float32Array(1), width: 1, height: 1 };
      }
    },
  });
  const first = batcher.encode(new Uint8Array(1));
  const leaving = new AbortController();
  const second = batcher.encode(new Uint8Array(1), leaving.signal);
  expect(batcher.waiting).toBe(1);
  leaving.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  expect(batcher.waiting).toBe(0);
  release();
  await first;
  await batcher.close();
  expect(taken).toBe(1);
});

test('a request of many images listens for the end of its client without a warning of Node', async () => {
  const { ImageBatcher } = await import('../../dist/server/image-batcher.js');
  const embedding = { embedding: new Float32Array(1), width: 1, height: 1 };
  const batcher = new ImageBatcher({
    info: {} as never,
    async *encodeImages(images) {
      for await (const _ of images as AsyncIterable<Uint8Array>) yield { index: 0, ...embedding };
    },
  });
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const client = new AbortController();
  const encoded = Array.from({ length: 64 }, () => batcher.encode(new Uint8Array(1), client.signal));
  expect(await Promise.all(encoded)).toHaveLength(64);
  await new Promise((next) => setImmediate(next));
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
  await batcher.close();
});
