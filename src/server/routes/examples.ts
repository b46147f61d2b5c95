import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ExampleImage } from '../../tasks/teach/find-examples.js';
import type { TeachSummary } from '../../tasks/teach/teach.js';
import type { App, AppEnv } from '../app.js';
import { RequestProblem } from '../problem.js';
import { filesOf, formOf, refuseTooMany, toImageBytes } from '../read-images.js';
import { examplesSchema, forgetQuery, labelSetParam, lessonSchema, teachFormSchema, teachJsonSchema } from '../schemas/label-sets.js';
import type { Service } from '../service.js';
import { json, problems } from './responses.js';

const path = '/v1/label-sets/{name}/examples';
const lesson = {
  200: json(lessonSchema, 'What changed, and what it is worth.'),
  ...problems,
};

const listRoute = createRoute({
  method: 'get',
  path,
  operationId: 'listExamples',
  summary: 'The examples of a label set',
  request: { params: labelSetParam },
  responses: { 200: json(examplesSchema, 'The examples.'), ...problems },
});

const teachRoute = createRoute({
  method: 'post',
  path,
  operationId: 'teach',
  summary: 'Improve a label set with a few example images',
  description: 'A form with files and one label, or JSON with images of the library by their ids, base64, or corrections of tags.',
  request: {
    params: labelSetParam,
    body: { content: { 'application/json': { schema: teachJsonSchema }, 'multipart/form-data': { schema: teachFormSchema } } },
  },
  responses: lesson,
});

const forgetRoute = createRoute({
  method: 'delete',
  path,
  operationId: 'forgetExamples',
  summary: 'Forget examples: all, those of a label, or one',
  request: { params: labelSetParam, query: forgetQuery },
  responses: lesson,
});

export function addExamples(app: App, service: Service): void {
  const { workspace } = service;
  const tasks = () => import('../../tasks/teach/teach.js');

  app.openapi(listRoute, async (c) => {
    const { listExamples } = await tasks();
    const rows = await listExamples(workspace, c.req.valid('param').name);
    return c.json(
      {
        examples: rows.map(({ contentHash: id, label, isPositive, source, addedAt }) => ({
          id,
          label,
          isPositive,
          source: nameOf(source),
          addedAt,
        })),
      },
      200,
    );
  });

  app.openAPIRegistry.registerPath(teachRoute); // not app.openapi, which would parse the form first
  app.post('/v1/label-sets/:name/examples', async (c) => {
    const { name } = labelSetParam.parse(c.req.param());
    const { fromCorrections, examples } = await readLesson(service, c);
    const { teach } = await tasks();
    const request = { name, add: examples, fromCorrections };
    return c.json(toLesson(await service.queue.run(() => teach(workspace, request), c.req.raw.signal)), 200);
  });

  app.openapi(forgetRoute, async (c) => {
    const { name } = c.req.valid('param');
    const { label, id } = c.req.valid('query');
    if (id !== undefined && label === undefined) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected `label` beside `id`.');
    const { teach } = await tasks();
    const wish = label === undefined ? { forgetAll: true } : { forget: [id === undefined ? label : `${label}=${id}`] };
    return c.json(toLesson(await service.queue.run(() => teach(workspace, { name, ...wish }), c.req.raw.signal)), 200);
  });
}

/** Examples of the command line have paths as their sources. */
const nameOf = (source: string): string => source.slice(source.search(/[^/\\]*$/));

async function readLesson(
  service: Service,
  c: Context<AppEnv>,
): Promise<{ fromCorrections?: boolean | undefined; examples: ExampleImage[] | undefined }> {
  const type = c.req.header('content-type') ?? '';
  if (/^multipart\/form-data\b/i.test(type)) {
    const form = formOf(c);
    const { label } = teachFormSchema.parse({ image: undefined, ...form });
    const images = filesOf(form, 'image');
    if (images.length === 0) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected a file in the field `image`, got none.');
    refuseTooMany(images.length, service.settings.maxItems);
    return { examples: images.map(({ bytes, name }) => ({ label, image: bytes, source: nameOf(name) })) };
  }
  if (!/^application\/json\b/i.test(type))
    throw new RequestProblem(415, 'REQUEST_INVALID', `Expected application/json or multipart/form-data, got ${type || 'no content type'}.`);
  const { examples, fromCorrections } = teachJsonSchema.parse(await c.req.json());
  if (examples === undefined && !fromCorrections)
    throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected `examples` or `fromCorrections`, got neither.');
  refuseTooMany(examples?.length ?? 0, service.settings.maxItems);
  const sent = examples && (await Promise.all(examples.map(async (one, i) => toExample(service, one, i))));
  return { fromCorrections, examples: sent };
}

async function toExample(
  { workspace }: Service,
  one: { label: string; image: string } | { label: string; id: string },
  i: number,
): Promise<ExampleImage> {
  if ('image' in one) return { label: one.label, image: toImageBytes(one.image, `example ${i + 1}`).bytes, source: `example ${i + 1}` };
  const { readImageOf } = await import('../../tasks/images/find-image.js');
  const { bytes, name } = await readImageOf(workspace, one.id);
  return { label: one.label, image: bytes, source: name };
}

function toLesson({ name, model, added, known, forgotten, examples, labels, leaveOneOut = undefined, failed }: TeachSummary) {
  const gain = leaveOneOut ? (leaveOneOut.after - leaveOneOut.before) / leaveOneOut.photos : null;
  return {
    ...{ name, model, added, known, forgotten, examples, labels },
    leaveOneOut: leaveOneOut ? { ...leaveOneOut } : null,
    gain,
    summary: describeGain(leaveOneOut, examples),
    failed: failed.map(({ source, error }) => ({ image: source, error: error.toJSON() })),
  };
}

function describeGain(leaveOneOut: TeachSummary['leaveOneOut'], examples: number): string {
  if (examples === 0) return 'No examples are left: answers come from text alone.';
  if (leaveOneOut === undefined) return 'The accuracy cannot be measured: no label has two examples yet.';
  const { photos, before, after } = leaveOneOut;
  const percent = (count: number): string => `${Math.round((100 * count) / photos)} %`;
  return `Leave-one-out accuracy ${percent(before)} -> ${percent(after)} on ${photos} examples.`;
}
