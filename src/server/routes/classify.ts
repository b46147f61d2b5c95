import { createRoute } from '@hono/zod-openapi';
import type { HonoRequest } from 'hono';
import { parseLabelList } from '../../core/parse-labels.js';
import { LabelwiseError } from '../../errors.js';
import type { App } from '../app.js';
import { RequestProblem } from '../problem.js';
import { filesOf, formOf, type NamedImage, refuseTooMany, type SentImage } from '../read-images.js';
import { classifyFormSchema, classifyJsonSchema, classifyResultSchema, problemSchema } from '../schemas.js';
import type { LabelRequest, Service } from '../service.js';

export const problems = {
  default: { description: 'What went wrong.', content: { 'application/problem+json': { schema: problemSchema } } },
};

const route = createRoute({
  method: 'post',
  path: '/v1/classify',
  summary: 'Rank labels for images',
  description:
    'Send JSON with base64 images, or a form with files. A bad image has its error in place of predictions; the others are answered.',
  request: {
    body: {
      content: { 'application/json': { schema: classifyJsonSchema }, 'multipart/form-data': { schema: classifyFormSchema } },
    },
  },
  responses: {
    200: { description: 'One result for each image, in order.', content: { 'application/json': { schema: classifyResultSchema } } },
    ...problems,
  },
});

export function addClassify(app: App, service: Service): void {
  app.openAPIRegistry.registerPath(route);
  // Not app.openapi: it would parse the form a second time, into Blobs, before this does.
  app.post(route.path, async (c) => {
    const { images, request } = await readRequest(c.req);
    refuseTooMany(images.length, service.settings.maxItems);
    const { signal } = c.req.raw;
    const results = await service.queue.run(() => classifySent(service, images, request, signal), signal);
    return c.json({ model: (await service.encoder()).info.name, results }, 200);
  });
}

/** Ranks the labels of a request for each image. */
export async function classifySent(
  service: Service,
  images: readonly (SentImage | NamedImage)[],
  request: LabelRequest,
  signal: AbortSignal,
) {
  const zeroShot = await service.labels(request, signal);
  return Promise.all(
    images.map(async (image) => {
      const { name } = image;
      try {
        const { bytes } = 'text' in image ? await service.readImage(image.text, name, signal) : image;
        return { image: name, predictions: zeroShot.classify(await service.encode(bytes, signal), request.topK) };
      } catch (error) {
        if (!(error instanceof LabelwiseError) || error.kind !== 'input') throw error;
        return { image: name, error: error.toJSON() };
      }
    }),
  );
}

type Body = Pick<HonoRequest, 'header' | 'json' | 'arrayBuffer'>;

async function readRequest(request: Body): Promise<{ images: (SentImage | NamedImage)[]; request: LabelRequest }> {
  const type = request.header('content-type') ?? '';
  if (/^application\/json\b/i.test(type)) {
    const { images, ...rest } = classifyJsonSchema.parse(await request.json());
    return { images: images.map((text, i) => ({ text, name: `image ${i + 1}` })), request: rest };
  }
  const form = await formOf(request);
  const { image: _, labels, templates, ...rest } = classifyFormSchema.parse({ image: undefined, ...form });
  const images = filesOf(form, 'image');
  if (images.length === 0) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected a file in the field `image`, got none.');
  const list = labels === undefined ? undefined : parseLabelList([labels].flat().join(', '));
  return { images, request: { ...rest, labels: list, templates: templates === undefined ? undefined : [templates].flat() } };
}
