import type { App } from '../../app.js';
import type { Service } from '../../service.js';
import { addCohere } from './cohere.js';
import { addHuggingFace } from './hugging-face.js';
import { addImmich } from './immich.js';

/** Routes for clients that exist: they change one address and nothing else. OpenAI's, infinity's, Jina's and vLLM's are in embeddings.ts. */
export function addCompatible(app: App, service: Service): void {
  addHuggingFace(app, service);
  addImmich(app, service);
  addCohere(app, service);
}
