import { z } from '@hono/zod-openapi';
import { gatherWarnings } from '../../../core/gather-warnings.js';
import type { App } from '../../app.js';
import { RequestProblem } from '../../problem.js';
import { filesOf, formOf } from '../../read-images.js';
import type { Service } from '../../service.js';
import { warnInHeader } from '../../warnings-header.js';
import { isImmichName } from './immich-models.js';

/** Immich drops a language that is not set; its own server reads it for the models of NLLB alone, which labelwise does not run. */
const textual = z.strictObject({ modelName: z.string(), options: z.strictObject({ language: z.string().optional() }).optional() });
const visual = z.strictObject({ modelName: z.string(), options: z.strictObject({}).optional() });
const clip = z.strictObject({ textual: textual.optional(), visual: visual.optional() });

/**
 * Immich's machine learning: `POST /predict` with a form of `entries` (what is wanted, as JSON) and an `image` or a `text`, and `GET /ping`.
 * The embedding is JSON within JSON, as Immich hands it on to its database.
 */
export function addImmich(app: App, service: Service): void {
  app.get('/ping', (c) => c.text('pong'));
  app.post('/predict', async (c) => {
    const form = formOf(c);
    refuseUnknownFields(form);
    const kind = readEntries(form.entries);
    await refuseOtherModel(service, kind.modelName);
    const { signal } = c.req.raw;
    if (kind.type === 'textual') {
      if (typeof form.text !== 'string' || form.image !== undefined)
        throw invalid('Expected a `text` for the textual model, and no `image`.');
      const { text } = form;
      const encoder = await service.encoder();
      const { warnings, onWarning } = gatherWarnings();
      const [embedding] = await service.queue.run(() => encoder.encodeTexts([text], { signal, onWarning }), signal);
      warnInHeader(c, warnings);
      return c.json({ clip: JSON.stringify([...(embedding ?? [])]) });
    }
    const [image, ...others] = filesOf(form, 'image');
    if (!image || others.length > 0 || form.text !== undefined) throw invalid('Expected one `image` for the visual model, and no `text`.');
    const { embedding, width, height } = await service.queue.run(() => service.encodeImage(image.bytes, signal), signal);
    return c.json({ clip: JSON.stringify([...embedding]), imageHeight: height, imageWidth: width });
  });
}

function readEntries(entries: unknown): { readonly type: 'textual' | 'visual'; readonly modelName: string } {
  const request = z.record(z.string(), z.unknown()).safeParse(parseJson(entries));
  if (!request.success) throw invalid('Expected `entries` to be a JSON object such as {"clip":{"visual":{"modelName":"..."}}}.');
  const other = Object.keys(request.data).find((task) => task !== 'clip');
  if (other !== undefined)
    throw new RequestProblem(501, 'TASK_UNAVAILABLE', `Expected the task clip, got ${other}, which labelwise does not do.`, {
      hint: "Switch it off in Immich's settings of machine learning, or list Immich's own server as a second URL there.",
    });
  const parsed = clip.safeParse(request.data.clip);
  const types = parsed.success ? Object.entries(parsed.data).filter(([, entry]) => entry !== undefined) : [];
  const [found] = types;
  if (!found || types.length > 1) throw invalid('Expected `entries` to name the textual or the visual model of clip, with `modelName`.');
  return { type: found[0] as 'textual' | 'visual', modelName: (found[1] as { modelName: string }).modelName };
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** Embeddings of two models cannot be compared, and Immich keeps those of the model that it names. */
async function refuseOtherModel(service: Service, modelName: string): Promise<void> {
  const { name } = (await service.encoder()).info;
  if (isImmichName(modelName, name) || service.settings.answersTo?.includes(modelName)) return;
  throw new RequestProblem(422, 'MODEL_OTHER', `Expected the model ${name}, which this service runs, got ${modelName.slice(0, 200)}.`, {
    hint: 'Start the service with that model; or let it answer to that name with `answerTo`, and have Immich embed all of its photos again.',
  });
}

function refuseUnknownFields(form: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(form).find((field) => !['entries', 'image', 'text'].includes(field));
  if (unknown !== undefined) throw invalid(`Expected the fields entries, image and text, got ${unknown.slice(0, 100)}.`);
}

const invalid = (message: string): RequestProblem => new RequestProblem(422, 'REQUEST_INVALID', message);
