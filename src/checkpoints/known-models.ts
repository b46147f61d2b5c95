import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { packageFile } from '../files/package-root.js';

const schema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      family: z.string(),
      goodAt: z.string(),
      speed: z.enum(['fast', 'medium', 'slow']),
      parametersMillion: z.number().optional(),
      imageSize: z.number().optional(),
      dimension: z.number(),
      languages: z.string(),
      licence: z.string().optional(),
      imagenetTop1: z.number().optional(),
      source: z.string().optional(),
      published: z.object({ logitScale: z.number(), source: z.string() }).optional(),
    }),
  ),
});

/** A model that people recommend, with what its authors published. */
export type KnownModel = z.infer<typeof schema>['models'][number];

/** The recommended models of data/known-models.json. */
export async function listKnownModels(): Promise<KnownModel[]> {
  return schema.parse(JSON.parse(await readFile(packageFile('data/known-models.json'), 'utf8'))).models;
}

/** What is known of a name on the hub, whatever its revision. */
export async function findKnownModel(name: string): Promise<KnownModel | undefined> {
  const [repo] = name.toLowerCase().split('@');
  return (await listKnownModels()).find((model) => model.name.toLowerCase() === repo);
}
