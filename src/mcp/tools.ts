import { resolve } from 'node:path';
import { z } from 'zod';
import { LabelwiseError } from '../errors.js';
import { isUrl } from '../images/read-image.js';
import type { TaskOptions, Workspace } from '../tasks/workspace.js';

/** A tool as a client sees it, and what it does. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly isReadOnly: boolean;
  run(workspace: Workspace, input: never, options: TaskOptions): Promise<Record<string, unknown>>;
}

const path = z.string().min(1).max(4096);
const images = (most: number) => z.array(path).min(1).max(most).describe('Paths of image files on this machine.');
const topK = (most: number) => z.int().min(1).max(most).optional();

/** Absolute paths of what a client names. An address would make labelwise fetch it. */
function toPaths(workspace: Workspace, names: readonly string[]): string[] {
  return names.map((name) => {
    if (isUrl(name))
      throw new LabelwiseError('INVALID_ARGUMENT', `Expected the path of a file, got an address: ${name.slice(0, 80)}.`, {
        hint: 'Save the image to a file first.',
      });
    return resolve(workspace.settings.cwd, name);
  });
}

const classifyInput = z.strictObject({
  images: images(64),
  labels: z.array(z.string().min(1).max(1000)).min(1).max(10_000).optional().describe('Candidate labels, for example ["cat", "dog"].'),
  labelTable: z.string().max(200).optional().describe('A label table of the database, in place of `labels`.'),
  templates: z.array(z.string().max(1000)).min(1).max(200).optional().describe('Prompt templates with one {} each.'),
  none: z.boolean().optional().describe('Also answer whether an image shows none of the labels.'),
  topK: topK(10_000).describe('How many predictions to keep for each image; 5 by default.'),
});

const classify: Tool = {
  name: 'classify',
  title: 'Rank labels for images',
  description:
    'Ranks the labels that you give for image files, zero-shot. Similarity is a cosine; probabilities are over the labels given.',
  input: classifyInput,
  isReadOnly: true,
  async run(workspace, { images: names, ...request }: z.infer<typeof classifyInput>, options) {
    const paths = toPaths(workspace, names);
    const { imageClassifier } = await import('../tasks/classify-images.js');
    const results = await imageClassifier(workspace, {})(paths, request, options);
    return { results: results.map((result, i) => ({ ...result, image: paths[i] })) };
  },
};

const filters = {
  after: z.string().max(40).optional().describe('Only images taken on or after this date, for example 2024-06-01.'),
  before: z.string().max(40).optional(),
  topK: topK(100).describe('How many images; 10 by default.'),
  offset: z.int().min(0).max(1_000_000).optional().describe('Skip this many, for the next page.'),
};

const searchInput = z.strictObject({
  query: z.string().min(1).max(2000).describe('Words, and tags: "on the beach tag:dog -tag:cat".'),
  without: z.array(z.string().max(2000)).max(20).optional().describe('Words to move away from.'),
  relevant: z.boolean().optional().describe('Only images that stand out from the collection. Without it, the nearest always come.'),
  ...filters,
});

const search: Tool = {
  name: 'search',
  title: 'Search the index by words',
  description: 'Finds indexed images by what they show, by tags and by date.',
  input: searchInput,
  isReadOnly: true,
  run: async (workspace, request: z.infer<typeof searchInput>, options) => {
    const { searchImages } = await import('../tasks/search/search-images.js');
    return { ...(await searchImages(workspace, request, options)) };
  },
};

const similarInput = z.strictObject({
  image: path.describe('The path of an image file, indexed or not.'),
  ...filters,
});

const similar: Tool = {
  name: 'similar',
  title: 'Find similar images',
  description: 'Finds indexed images that look like an image file. The image itself comes first if it is indexed.',
  input: similarInput,
  isReadOnly: true,
  async run(workspace, { image, ...request }: z.infer<typeof similarInput>, options) {
    const [source] = toPaths(workspace, [image]);
    const { searchImages } = await import('../tasks/search/search-images.js');
    return { ...(await searchImages(workspace, { ...request, images: [{ image: source as string, weight: 1 }] }, options)) };
  },
};

const tagsInput = z.strictObject({
  images: images(1000).optional().describe('Paths of indexed images whose tags you want. Without it, the tag sets of the database.'),
});

const tags: Tool = {
  name: 'tags',
  title: 'List tags',
  description: 'Lists the tag sets of the database, or the tags of indexed images. To find images by a tag, search for tag:NAME.',
  input: tagsInput,
  isReadOnly: true,
  async run(workspace, { images: names }: z.infer<typeof tagsInput>, options) {
    if (names === undefined) {
      const { listTagSets } = await import('../tasks/tags/correct-tags.js');
      return { tagSets: await listTagSets(workspace) };
    }
    const { tagsOfImages } = await import('../tasks/tags/tags-of-images.js');
    return { images: await tagsOfImages(workspace, toPaths(workspace, names), options) };
  },
};

const correctInput = z.strictObject({
  tag: z.string().min(1).max(1000),
  change: z.enum(['add', 'remove', 'forget']).describe('`forget` lets the model decide again.'),
  images: images(1000),
});

const correctTags: Tool = {
  name: 'correct_tags',
  title: 'Correct tags by hand',
  description: 'Adds a tag to indexed images or removes it, whatever the model says. Only the database changes, not the files.',
  input: correctInput,
  isReadOnly: false,
  async run(workspace, { tag, change, images: names }: z.infer<typeof correctInput>, options) {
    const { correctTags: correct } = await import('../tasks/tags/correct-tags.js');
    const paths = toPaths(workspace, names);
    return { ...(await correct(workspace, { tag, change, images: paths.map((at, i) => ({ path: at, name: names[i] })) }, options)) };
  },
};

export const READ_TOOLS: readonly Tool[] = [classify, search, similar, tags];
export const WRITE_TOOLS: readonly Tool[] = [correctTags];
