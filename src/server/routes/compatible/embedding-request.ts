import { z } from '@hono/zod-openapi';
import { RequestProblem } from '../../problem.js';

/** What a request wants embedded. */
export type EmbeddingInput = { readonly text: string } | { readonly image: string };

/** A request for embeddings, whichever service's protocol it came in. */
export interface EmbeddingRequest {
  readonly inputs: readonly EmbeddingInput[];
  readonly format: 'float' | 'base64';
  /** How long the embeddings have to be; undefined for whatever the model has. */
  readonly dimensions: number | undefined;
}

const text = z.string().min(1);
const address = z.string().min(1);
/** Jina's clients name one input by what it is; LangChain's and LlamaIndex's write bytes and url. */
const item = z.union([
  text,
  z.strictObject({ text }),
  z.strictObject({ image: address }),
  z.strictObject({ url: address }),
  z.strictObject({ bytes: address }),
]);
const format = z.enum(['float', 'base64']);

/** Fields of vLLM that other models need. With these values they change nothing here. */
const vllm = {
  add_generation_prompt: z.literal(false).optional(),
  continue_final_message: z.literal(false).optional(),
  add_special_tokens: z.boolean().optional().openapi({ description: 'Not read: texts are tokenised as the model was trained.' }),
  padding: z.literal('max_length').optional(),
  truncate_prompt_tokens: z.literal(-1).optional(),
  normalize: z.literal(true).optional(),
  priority: z.int().optional(),
  request_id: z.string().optional(),
};

export const embeddingsRequestSchema = z
  .strictObject({
    input: z
      .union([text, item, z.array(item).min(1).max(2048)])
      .optional()
      .openapi({ description: 'Texts; images too, as objects with `image`, or with `modality`.' }),
    messages: z
      .array(z.strictObject({ role: z.literal('user'), content: z.union([text, z.array(z.looseObject({ type: z.string() }))]) }))
      .length(1)
      .optional()
      .openapi({ description: 'One message of a user with one image or one text, in place of `input`: the protocol of vLLM.' }),
    model: z.string().optional().openapi({ description: 'Not read: the service runs one model, and the answer names it.' }),
    modality: z
      .enum(['text', 'image'])
      .optional()
      .openapi({ description: 'What the texts of `input` are; images are base64 or data URLs. `text` by default.' }),
    encoding_format: format.optional(),
    encoding_type: format.optional().openapi({ description: 'Another name of `encoding_format`.' }),
    embedding_type: z.union([format, z.array(format).length(1)]).optional(),
    dimensions: z.int().min(0).optional().openapi({ description: "Nothing but the model's own dimension. 0 means that." }),
    user: z.string().nullish(),
    normalized: z.literal(true).optional(),
    truncate: z.literal(true).optional(),
    late_chunking: z.literal(false).optional(),
    ...vllm,
  })
  .openapi('EmbeddingsRequest');

/** The inputs of a request in the protocol of OpenAI, infinity, Jina or vLLM. @throws RequestProblem 400 */
export function readEmbeddingRequest(request: z.infer<typeof embeddingsRequestSchema>): EmbeddingRequest {
  const { input, messages, modality, dimensions, encoding_format, encoding_type, embedding_type } = request;
  if ((input === undefined) === (messages === undefined)) throw invalid('Expected `input`, or `messages` in its place, and not both.');
  const formats = new Set([encoding_format, encoding_type, ...[embedding_type].flat()].filter((given) => given !== undefined));
  if (formats.size > 1) throw invalid('Expected one encoding, got both float and base64.');
  const items = input === undefined ? [] : Array.isArray(input) ? input : [input];
  return {
    inputs: messages ? [inputOfMessage(messages[0]?.content ?? [])] : items.map((one) => toInput(one, modality)),
    format: [...formats][0] ?? 'float',
    dimensions: dimensions === 0 ? undefined : dimensions,
  };
}

function toInput(one: z.infer<typeof item>, modality: 'text' | 'image' | undefined): EmbeddingInput {
  if (typeof one === 'string') return modality === 'image' ? { image: one } : toText(one);
  if (modality !== undefined && 'text' in one !== (modality === 'text'))
    throw invalid(`Expected inputs of the modality ${modality}, got another.`);
  if ('text' in one) return toText(one.text);
  return { image: 'image' in one ? one.image : 'url' in one ? one.url : one.bytes };
}

const part = z.union([
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image_url'), image_url: z.strictObject({ url: address, detail: z.literal('auto').optional() }) }),
]);

/** The one image or text of a message, or of an input in Cohere's protocol. Both at once would be one embedding, which this model lacks. */
export function inputOfMessage(content: string | readonly unknown[]): EmbeddingInput {
  if (typeof content === 'string') return toText(content);
  const parts = content.map((one) => {
    const parsed = part.safeParse(one);
    if (!parsed.success) throw invalid('Expected parts of the type text or image_url.');
    return parsed.data;
  });
  const filled = parts.filter((one) => one.type === 'image_url' || one.text !== '');
  const [first] = filled;
  if (!first || filled.length > 1)
    throw invalid('Expected one image or one text to embed: this model has no embedding of several parts together.');
  return first.type === 'text' ? toText(first.text) : { image: first.image_url.url };
}

/** A picture where a text is expected would be embedded by the letters of its data URL. */
export function toText(given: string): EmbeddingInput {
  if (!/^data:image\//i.test(given)) return { text: given };
  throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected a text, got the data URL of an image.', {
    hint: 'Send it as { "image": "data:..." }, or with "modality": "image".',
  });
}

const invalid = (message: string): RequestProblem => new RequestProblem(400, 'REQUEST_INVALID', message);
