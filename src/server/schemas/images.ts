import { z } from '@hono/zod-openapi';
import { templateSetSchema, templatesSchema } from './classify.js';

/** The largest values of searches and listings. */
export const MOST_FOUND = {
  topK: 1000,
  offset: 1_000_000,
  text: 2000,
  parts: 20,
  cursor: 100_000,
  listCursor: 12_000,
  listedTags: 10,
} as const;

/** A content hash, or its beginning. */
export const idSchema = z
  .string()
  .regex(/^[0-9a-f]{6,64}$/)
  .openapi({ description: 'A content hash, or its beginning.', example: '0f1e2d3c4b5a' });

/** A whole content hash: what is deleted is named in full. */
export const wholeIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, { message: 'expected a whole content hash, 64 digits' })
  .openapi({ description: 'A whole content hash.' });

export const idParam = z.object({ id: idSchema });
export const wholeIdParam = z.object({ id: wholeIdSchema });

/** A folder of the library by its name, never by its path. */
export const folderSchema = z
  .string()
  .max(500)
  .openapi({ description: 'A folder by its name, as `GET /v1/folders` lists it, or a folder in it.', example: 'photos/2024' });

const text = z.string().max(MOST_FOUND.text);
const part = z.string().min(1).max(200);
const date = z.string().max(40).openapi({ example: '2024-06-01' });
const cursor = z.string().max(MOST_FOUND.cursor);

/** What images have to be, beside what they show. */
const filters = {
  folder: folderSchema.optional(),
  after: date.optional().openapi({ description: 'Taken on this day or later.' }),
  before: date.optional().openapi({ description: 'Taken before this day.' }),
  camera: z.string().max(200).optional().openapi({ description: "A part of the camera's name." }),
  format: z.string().max(40).optional().openapi({ example: 'jpeg' }),
  title: part.optional().openapi({ description: 'A part of the title.' }),
  caption: part.optional().openapi({ description: 'A part of the caption.' }),
  near: z.string().max(60).optional().openapi({ description: 'Taken near this place, in degrees north and east.', example: '48.1,11.6' }),
  within: z.string().max(40).optional().openapi({ description: 'How near; 10km by default.', example: '500m' }),
};

/** The same facts as numbers: JSON holds numbers, and the query of an address texts. */
const LEAST = { rating: 'Rated at least so high, 1 to 5, by other programs.', width: 'In pixels.', height: 'In pixels.' };
const leastOf = (size: z.ZodType<number>, rating: z.ZodType<number>) => ({
  minRating: rating.optional().openapi({ description: LEAST.rating }),
  minWidth: size.optional().openapi({ description: LEAST.width }),
  minHeight: size.optional().openapi({ description: LEAST.height }),
});

export const searchRequestSchema = z
  .object({
    query: text.optional().openapi({
      description: 'Words, tags and keywords of other programs: "on the beach tag:dog -tag:cat keyword:holiday".',
      example: 'a dog on the beach',
    }),
    texts: z
      .array(text)
      .max(MOST_FOUND.parts)
      .optional()
      .openapi({ description: 'More words, each with a weight if it is not 1: "at sunset^0.5".' }),
    without: z.array(text).max(MOST_FOUND.parts).optional().openapi({ description: 'What images should not show.' }),
    similarTo: z.array(idSchema).max(MOST_FOUND.parts).optional().openapi({ description: 'Ids of images to find similar ones to.' }),
    images: z
      .array(z.string().min(1))
      .max(4)
      .optional()
      .openapi({ description: 'Images to find similar ones to, as base64 or data URLs.' }),
    plain: z.boolean().optional().openapi({ description: 'Embed words as they are, without templates.' }),
    templates: templatesSchema.optional(),
    templateSet: templateSetSchema.optional(),
    ...filters,
    ...leastOf(z.int().min(1).max(1e9), z.int().min(1).max(5)),
    sort: z.enum(['similarity', 'date']).optional().openapi({
      description:
        'With words or images, `similarity` is the default. `date`: the newest first, of all that is found, or of each page where words leave nothing out (no `relevant` and no `minSimilarity`).',
    }),
    minSimilarity: z.number().min(-1).max(1).optional(),
    relevant: z.boolean().optional().openapi({ description: 'Keep only what stands out from the collection.' }),
    topK: z.int().min(1).max(MOST_FOUND.topK).optional().openapi({ description: 'How many images a page has; 10 by default.' }),
    offset: z.int().min(0).max(MOST_FOUND.offset).optional().openapi({
      description: 'Skip this many images. Where images may come or go between pages, use `cursor`.',
    }),
    cursor: cursor.optional().openapi({
      description: '`nextCursor` of the page before. Beside it, only `topK` may be given: the cursor holds the search.',
    }),
  })
  .strict()
  .openapi('SearchRequest');

/** Whatever a query string holds fits the head of a request. */
const listedTag = z.string().max(200);
const words = z.union([listedTag, z.array(listedTag).max(MOST_FOUND.listedTags)]);

export const listQuerySchema = z
  .object({
    tag: words.optional().openapi({ description: 'Only images with this tag; repeat it for several.' }),
    withoutTag: words.optional().openapi({ description: 'Only images without this tag; repeat it for several.' }),
    keyword: words.optional().openapi({ description: 'Only images that other programs gave this keyword; repeat it for several.' }),
    withoutKeyword: words.optional().openapi({ description: 'Only images without this keyword; repeat it for several.' }),
    ...filters,
    ...leastOf(z.coerce.number().int().min(1).max(1e9), z.coerce.number().int().min(1).max(5)),
    sort: z.enum(['taken', 'added', 'name']).optional().openapi({
      description: '`taken` by default: the newest first, and images without a date last.',
    }),
    order: z.enum(['asc', 'desc']).optional().openapi({ description: '`desc` by default, and `asc` for names.' }),
    topK: z.coerce
      .number()
      .int()
      .min(1)
      .max(MOST_FOUND.topK)
      .optional()
      .openapi({ description: 'How many images a page has; 50 by default.' }),
    cursor: z
      .string()
      .max(MOST_FOUND.listCursor)
      .optional()
      .openapi({ description: '`nextCursor` of the page before. Beside it, only `topK` may be given.' }),
  })
  .strict()
  .openapi('ListImagesQuery');

export const imageSchema = z
  .object({
    id: z.string().openapi({ description: 'The content hash: the same bytes have the same id everywhere.' }),
    name: z.string(),
    folder: z.string().nullable().openapi({ description: 'The folder by its name; null where the library does not name it any more.' }),
    rank: z.int().optional(),
    similarity: z.number().nullable().optional(),
    tagProbability: z.number().nullable().optional(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    format: z.string().nullable(),
    takenAt: z.string().nullable(),
    takenAtSource: z
      .enum(['exif', 'xmp', 'iptc', 'name', 'mtime'])
      .nullable()
      .openapi({ description: 'Where the date comes from. `mtime` is when the file was last changed, which says nothing of the photo.' }),
    camera: z.string().nullable(),
  })
  .openapi('Image');

export const tagSchema = z
  .object({
    tag: z.string(),
    probability: z.number().nullable().openapi({ description: 'Null where a person added the tag.' }),
    tagSet: z.string().nullable().openapi({ description: 'Null where a person added the tag.' }),
  })
  .openapi('Tag');

export const correctionSchema = z
  .object({
    id: z.string().openapi({ description: 'Give it to DELETE /v1/images/{id}/corrections/{correction} to undo the correction.' }),
    tag: z.string(),
    change: z.enum(['added', 'removed']),
    correctedAt: z.string(),
    replaced: z
      .object({ change: z.enum(['added', 'removed']), correctedAt: z.string() })
      .nullable()
      .openapi({ description: 'The correction that this one took the place of; null where the tag was as models left it.' }),
  })
  .openapi('Correction');

export const imageDetailSchema = imageSchema
  .omit({ rank: true, similarity: true, tagProbability: true })
  .extend({
    sizeBytes: z.int(),
    addedAt: z.string(),
    latitude: z.number().nullable(),
    longitude: z.number().nullable(),
    isUploaded: z.boolean().openapi({ description: 'Whether the service keeps the file itself. DELETE then removes it from disk.' }),
    names: z.array(z.object({ name: z.string(), folder: z.string().nullable() })).openapi({ description: 'All names of the picture.' }),
    tags: z.array(tagSchema),
    corrections: z.array(correctionSchema),
  })
  .openapi('ImageDetail');

export const searchResultSchema = z
  .object({
    images: z.array(imageSchema),
    isNothingRelevant: z.boolean(),
    nextCursor: z
      .string()
      .nullable()
      .openapi({ description: 'Where the next page begins, whatever comes or goes meanwhile; null at the end.' }),
    nextOffset: z.int().nullable().openapi({ description: 'The same for `offset`; null at the end, and after a `cursor`.' }),
    notes: z.array(z.string()),
  })
  .openapi('SearchResult');

export const imageListSchema = z
  .object({
    images: z.array(imageSchema),
    total: z.int().openapi({ description: 'How many images pass the filters.' }),
    nextCursor: z.string().nullable(),
    notes: z.array(z.string()),
  })
  .openapi('ImageList');

export const foldersSchema = z
  .object({
    folders: z.array(
      z.object({
        name: z.string(),
        canBeIndexed: z.boolean().openapi({ description: 'Whether POST /v1/jobs may bring it up to date.' }),
      }),
    ),
  })
  .openapi('Folders');

export const addedSchema = z
  .object({
    results: z.array(
      z.union([
        z.object({
          image: z.string(),
          id: z.string(),
          isNew: z.boolean().openapi({ description: 'False where the library had these bytes already.' }),
        }),
        z.object({ image: z.string(), error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }) }),
      ]),
    ),
  })
  .openapi('AddedImages');

export const removedSchema = z
  .object({
    id: z.string(),
    deletedFiles: z.int().openapi({ description: 'Files that the service kept, which are gone from disk.' }),
    forgottenFiles: z.int().openapi({
      description:
        'Files in folders of the library, which stay on disk: only the index forgot them, and the next index run finds them again.',
    }),
  })
  .openapi('RemovedImage');
