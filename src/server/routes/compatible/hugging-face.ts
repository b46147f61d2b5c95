import type { App } from '../../app.js';
import { RequestProblem } from '../../problem.js';
import { zeroShotRequestSchema } from '../../schemas.js';
import type { Service } from '../../service.js';
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
    const [result] = await service.queue.run(() => classifySent(service, [image], choice, signal), signal);
    const failure = result?.error;
    if (failure) throw new RequestProblem(422, failure.code, failure.message);
    return c.json((result?.predictions ?? []).map(({ label, probability }) => ({ label, score: probability })));
  });
}
