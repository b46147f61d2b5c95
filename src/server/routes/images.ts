import { basename } from 'node:path';
import { createRoute, z } from '@hono/zod-openapi';
import type { TakenAtSource } from '../../core/collection.js';
import { LabelwiseError } from '../../errors.js';
import { isWithin } from '../../files/byte-path.js';
import { toJpeg } from '../../pages/picture-url.js';
import { folderOf, folderPath } from '../../tasks/images/library-folders.js';
import type { App } from '../app.js';
import { decodeListCursor, encodeListCursor } from '../cursor.js';
import { mutable } from '../mutable.js';
import { RequestProblem } from '../problem.js';
import { filesOf, formOf, refuseTooMany } from '../read-images.js';
import {
  addedSchema,
  foldersSchema,
  idParam,
  imageDetailSchema,
  imageListSchema,
  listQuerySchema,
  removedSchema,
  wholeIdParam,
} from '../schemas/images.js';
import type { Service } from '../service.js';
import { hidePaths, toImage } from '../to-image.js';
import { toCorrection, toTag } from '../to-tag.js';
import { json, problems } from './responses.js';

const listRoute = createRoute({
  method: 'get',
  path: '/v1/images',
  operationId: 'listImages',
  summary: 'The images of the library',
  description: 'Page by page. An image that stays as it is is on exactly one page, whatever is added or deleted between two pages.',
  request: { query: listQuerySchema },
  responses: { 200: json(imageListSchema, 'A page of images.'), ...problems },
});

const addRoute = createRoute({
  method: 'post',
  path: '/v1/images',
  operationId: 'addImages',
  summary: 'Add images to the library',
  description:
    'A form with one file or several in the field `image`. The service keeps the files itself, under their content hashes. An image of the answer without an error is on disk and in the index. A bad image has its error; the others are added.',
  security: [{ key: [] }],
  request: {
    body: {
      required: true,
      content: {
        'multipart/form-data': {
          schema: z
            .object({
              image: z.any().openapi({ type: 'array', items: { type: 'string', format: 'binary' }, description: 'One file or several.' }),
            })
            .strict()
            .openapi('AddImagesForm'),
        },
      },
    },
  },
  responses: {
    200: json(addedSchema, 'One result for each image, in order.'),
    ...problems,
  },
});

const imageRoute = createRoute({
  method: 'get',
  path: '/v1/images/{id}',
  operationId: 'getImage',
  summary: 'The facts and tags of one image',
  request: { params: idParam },
  responses: { 200: json(imageDetailSchema, 'The image.'), ...problems },
});

const removeRoute = createRoute({
  method: 'delete',
  path: '/v1/images/{id}',
  operationId: 'removeImage',
  summary: 'Remove an image from the library',
  description:
    'A file that was sent to the service is deleted. A file in a folder of the library stays on disk: only the index forgets it, and the next index run finds it again.',
  request: { params: wholeIdParam },
  responses: { 200: json(removedSchema, 'What was removed.'), ...problems },
});

const thumbnailRoute = createRoute({
  method: 'get',
  path: '/v1/images/{id}/thumbnail',
  operationId: 'getThumbnail',
  summary: 'A small JPEG of one image',
  request: { params: idParam, query: z.object({ side: z.coerce.number().int().min(16).max(2048).optional() }).strict() },
  responses: { 200: { description: 'The picture.', content: { 'image/jpeg': { schema: z.any() } } }, ...problems },
});

const foldersRoute = createRoute({
  method: 'get',
  path: '/v1/folders',
  operationId: 'listFolders',
  summary: 'The folders of the library, by their names',
  responses: { 200: json(foldersSchema, 'The folders.'), ...problems },
});

export function addImages(app: App, service: Service): void {
  const { workspace } = service;

  app.openapi(listRoute, async (c) => {
    const { cursor, topK = 50, ...own } = c.req.valid('query');
    const beside = cursor === undefined ? undefined : Object.keys(own)[0];
    if (beside !== undefined)
      throw new RequestProblem(400, 'REQUEST_INVALID', `Expected \`cursor\` without \`${beside}\`: the cursor holds the filters.`);
    const { request, from } =
      cursor === undefined
        ? { request: own, from: undefined }
        : decodeListCursor(cursor, listQuerySchema.omit({ cursor: true, topK: true }));
    const { tag = [], withoutTag = [], keyword = [], withoutKeyword = [], folder, ...rest } = request;
    const folders = await service.folders();
    const notes: string[] = [];
    const onNote = (note: string): void => void notes.push(hidePaths(note, folders));
    const { listImages } = await import('../../tasks/search/list-images.js');
    const tags = { tags: [tag].flat(), withoutTags: [withoutTag].flat() };
    const keywords = { keywords: [keyword].flat(), withoutKeywords: [withoutKeyword].flat() };
    const asked = { ...rest, ...tags, ...keywords, topK, from };
    const inFolder = folder === undefined ? {} : { in: folderPath(folders, folder) };
    const { signal } = c.req.raw;
    const list = await service.queue.run(
      () => listImages(workspace, { ...asked, ...inFolder }, { signal, onNote, onWarning: onNote }).catch(emptyWithoutIndex),
      signal,
    );
    const nextCursor = list.next ? encodeListCursor(request, list.next) : null;
    const images = list.images.map((image) => {
      const { rank: _, similarity: __, ...shown } = toImage(image, folders);
      return shown;
    });
    return c.json(mutable({ images, total: list.total, nextCursor, notes }), 200);
  });

  app.openAPIRegistry.registerPath(addRoute); // not app.openapi, which would parse the form first
  app.post(addRoute.path, async (c) => {
    const form = formOf(c);
    const other = Object.keys(form).find((name) => name !== 'image');
    if (other !== undefined) throw new RequestProblem(400, 'REQUEST_INVALID', `Expected the field \`image\` alone, got \`${other}\`.`);
    const images = filesOf(form, 'image');
    if (images.length === 0) throw new RequestProblem(400, 'REQUEST_INVALID', 'Expected a file in the field `image`, got none.');
    refuseTooMany(images.length, service.settings.maxItems);
    const added = await service.queue.run(() => service.images.add(images.map(({ bytes }) => bytes)), c.req.raw.signal);
    const results = added.map((one, i) => {
      const image = images[i]?.name as string;
      if ('error' in one) return { image, error: one.error.toJSON() };
      return { image, id: one.contentHash, isNew: one.isNew };
    });
    return c.json({ results }, 200);
  });

  app.openapi(imageRoute, async (c) => {
    const { findImage, readTags } = await import('../../tasks/images/find-image.js');
    const row = await findImage(workspace, c.req.valid('param').id);
    const { tags, corrections } = await readTags(workspace, row.content_hash);
    const folders = await service.folders();
    const nameOf = (path: string) => ({ name: basename(path), folder: folderOf(folders, path) });
    const isUploaded = row.paths.some((path) => folders.some((folder) => folder.isUploads && isWithin(path, folder.path)));
    const {
      width,
      height,
      format,
      taken_at: takenAt,
      taken_at_source: source,
      camera,
      size: sizeBytes,
      added_at: addedAt,
      latitude,
      longitude,
    } = row;
    return c.json(
      {
        id: row.content_hash,
        ...nameOf(row.path),
        ...{
          width,
          height,
          format,
          takenAt,
          takenAtSource: (source ?? null) as TakenAtSource | null,
          camera,
          sizeBytes,
          addedAt,
          latitude,
          longitude,
          isUploaded,
        },
        names: row.paths.map(nameOf),
        tags: tags.map(toTag),
        corrections: corrections.map(({ label, ...made }) => toCorrection({ tag: label, ...made, replaced: undefined })),
      },
      200,
    );
  });

  app.openapi(removeRoute, async (c) => {
    const { id } = c.req.valid('param');
    const removed = await service.queue.run(() => service.images.remove(id), c.req.raw.signal);
    return c.json({ id, ...removed }, 200);
  });

  app.openapi(thumbnailRoute, async (c) => {
    const { readImageOf } = await import('../../tasks/images/find-image.js');
    const { side = 320 } = c.req.valid('query');
    const jpeg = await service.queue.run(async () => {
      const { bytes } = await readImageOf(workspace, c.req.valid('param').id);
      return toJpeg(await (await service.encoder()).shrink(bytes, side));
    }, c.req.raw.signal);
    c.header('Cache-Control', 'private, max-age=86400'); // an id names bytes, which never change
    return c.body(new Uint8Array(jpeg), 200, { 'Content-Type': 'image/jpeg' });
  });

  app.openapi(foldersRoute, async (c) => {
    const { folders: named } = service.settings;
    const folders = (await service.folders()).map(({ name }) => ({ name, canBeIndexed: named === undefined || named.has(name) }));
    return c.json({ folders }, 200);
  });
}

/** A library that holds nothing yet is an empty list. */
function emptyWithoutIndex(error: unknown) {
  if (error instanceof LabelwiseError && error.code === 'INDEX_NOT_FOUND') return { images: [], total: 0, next: undefined };
  throw error;
}
