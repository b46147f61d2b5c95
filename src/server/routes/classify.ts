import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { LabelwiseError } from '../../errors.js';
import { answerOf } from '../answer-of.js';
import type { App, AppEnv } from '../app.js';
import type { LabelRequest } from '../bound-labels.js';
import { mutable } from '../mutable.js';
import { RequestProblem } from '../problem.js';
import { filesOf, formOf, type NamedImage, refuseTooMany, type SentImage } from '../read-images.js';
import { classifyFormSchema, classifyJsonSchema, classifyResultSchema } from '../schemas/classify.js';
import type { Service } from '../service.js';
import { json, problems } from './responses.js';

const route = createRoute({
  method: 'post',
  path: '/v1/classify',
  operationId: 'classify',
  summary: 'Rank labels for images',
  description:
    'Send JSON with base64 images, or a form with files. A bad image has its error in place of predictions; the others are answered.',
  request: {
    body: {
      content: { 'application/json': { schema: classifyJsonSchema }, 'multipart/form-data': { schema: classifyFormSchema } },
    },
  },
  responses: {
    200: json(classifyResultSchema, 'One result for each image, in order.'),
    ...problems,
  },
});

/** What a request asks of each image, beside its labels. */
interface Asked extends LabelRequest {
  readonly minProbability?: number | undefined;
  readonly explain?: boolean | undefined;
  readonly heatMap?: boolean | undefined;
}

/** A heat map takes 65 images through the encoder. */
const MOST_HEAT_MAPS = 4;

export function addClassify(app: App, service: Service): void {
  app.openAPIRegistry.registerPath(route);
  // Not app.openapi: it would parse the form a second time, into Blobs, before this does.
  app.post(route.path, async (c) => {
    const { images, request } = await readRequest(c);
    refuseTooMany(images.length, service.settings.maxItems);
    if (request.heatMap) refuseTooMany(images.length, MOST_HEAT_MAPS);
    if (request.heatMap && !request.explain) throw alone('heatMap', 'explain');
    if (request.minProbability !== undefined && !request.multiple) throw alone('minProbability', 'multiple');
    const { signal } = c.req.raw;
    const { bound, results } = await service.queue.run(() => classifySent(service, { images, request, signal }), signal);
    return c.json({ model: bound.encoder.info.name, results: mutable(results), warnings: [...bound.warnings] }, 200);
  });
}

export const alone = (option: string, other: string): RequestProblem =>
  new RequestProblem(400, 'INVALID_ARGUMENT', `Expected \`${other}\` beside \`${option}\`.`);

type AskedImage = SentImage | NamedImage;

/** Ranks the labels of a request for each image. */
export async function classifySent(
  service: Service,
  { images, request, signal }: { images: readonly AskedImage[]; request: Asked; signal: AbortSignal },
) {
  const { minProbability, explain = false, heatMap = false, ...labels } = request;
  const bound = await service.bind(labels);
  const explainAnswer = explain ? await (await import('../../tasks/explain-answers.js')).answerExplainer(bound) : undefined;
  const answer = async (bytes: Uint8Array) => {
    const embedding = await service.encode(bytes, signal, bound.encoder);
    const explanation = await explainAnswer?.(bytes, embedding, { hasHeatMap: heatMap, signal });
    return { ...answerOf(bound, embedding, { topK: labels.topK, minProbability }), ...(explanation ? { explanation } : {}) };
  };
  const results = await Promise.all(
    images.map(async (image) => {
      const { name } = image;
      try {
        return { image: name, ...(await ('text' in image ? service.withImage(image, signal, answer) : answer(image.bytes))) };
      } catch (error) {
        if (!(error instanceof LabelwiseError) || error.kind !== 'input') throw error;
        return { image: name, error: error.toJSON() };
      }
    }),
  );
  return { bound, results };
}

async function readRequest(c: Context<AppEnv>): Promise<{ images: AskedImage[]; request: Asked }> {
  const type = c.req.header('content-type') ?? '';
  if (/^application\/json\b/i.test(type)) {
    const { images, ...rest } = classifyJsonSchema.parse(await c.req.json());
    return { images: images.map((text, i) => ({ text, name: `image ${i + 1}` })), request: rest };
  }
  const form = formOf(c);
  const { image: _, labels, templates, ...rest } = classifyFormSchema.parse({ image: undefined, ...form });
  const images = filesOf(form, 'image');
  if (images.length === 0) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected a file in the field `image`, got none.');
  const labelText = labels === undefined ? undefined : [labels].flat().join(', ');
  return { images, request: { ...rest, labelText, templates: templates === undefined ? undefined : [templates].flat() } };
}
