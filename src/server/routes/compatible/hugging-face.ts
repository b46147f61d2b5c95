import type { App } from '../../app.js';
import { RequestProblem } from '../../problem.js';
import { zeroShotRequestSchema } from '../../schemas.js';
import type { Service } from '../../service.js';
import { warnInHeader } from '../../warnings-header.js';
import { classifySent } from '../classify.js';

/** Zero-shot image classification of Hugging Face's clients. They post to the address as it is given, and show the `detail` of an error. */
export function addHuggingFace(app: App, service: Service): void {
  app.post('/hf/zero-shot-image-classification', async (c) => {
    const request = zeroShotRequestSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success)
      throw new RequestProblem(
        400,
        'REQUEST_INVALID',
        'Expected `inputs` with an image in base64, and `parameters` with `candidate_labels` and at most `hypothesis_template`.',
      );
    const { inputs, parameters } = request.data;
    const { candidate_labels: labels, hypothesis_template: template = 'This is a photo of {}.' } = parameters;
    const { signal } = c.req.raw;
    const choice = { labels, templates: [template], topK: labels.length };
    const image = { text: typeof inputs === 'string' ? inputs : inputs.image, name: '`inputs`' };
    const { bound, results } = await service.queue.run(() => classifySent(service, { images: [image], request: choice, signal }), signal);
    const [result] = results;
    const failure = result && 'error' in result ? result.error : undefined;
    if (failure) throw new RequestProblem(422, failure.code, failure.message);
    warnInHeader(c, bound.warnings);
    return c.json(
      (result && 'predictions' in result ? result.predictions : []).map(({ label, probability }) => ({ label, score: probability })),
    );
  });
}
