import { resolve } from 'node:path';
import { toTagName } from '../../core/parse-search.js';
import { LabelwiseError } from '../../errors.js';
import type { TagChange, TagSetSummary } from '../../store/tag-database.js';
import { type Run, startRun } from '../context.js';
import type { CliIo } from '../io.js';
import { notIndexed } from '../not-indexed.js';
import { openCollection } from '../open-collection.js';
import { addFormats, baseCommand } from '../options.js';
import { createRowWriter, formatOf } from '../render/rows.js';

/** `labelwise tags`: what tags there are, and corrections by hand. */
export function tagsCommand(io: CliIo) {
  return baseCommand('tags')
    .description('list tag sets, and correct the tags of images by hand')
    .addCommand(listCommand(io))
    .addCommand(changeCommand(io, 'add', 'put a tag on images, whatever a model says'))
    .addCommand(changeCommand(io, 'remove', 'take a tag off images, whatever a model says'))
    .addCommand(changeCommand(io, 'forget', 'undo corrections: what the model says counts again'))
    .addCommand(deleteCommand(io))
    .addHelpText('after', EXAMPLES);
}

const withDatabase = (name: string) => baseCommand(name).option('--db <folder>', 'LanceDB folder of the index and its tags');

function listCommand(io: CliIo) {
  return addFormats(withDatabase('list'))
    .description('show the tag sets that there are, or what was corrected by hand')
    .option('--corrections', 'list the corrections by hand')
    .action(async (flags) => {
      const run = startRun(flags, io);
      if (flags.corrections) {
        const { listCorrections } = await import('../list-corrections.js');
        return listCorrections(run, formatOf(flags));
      }
      const store = await openStore(run);
      try {
        const writer = createRowWriter<TagSetSummary>(io, formatOf(flags), {
          csvHeader: ['name', 'tags', 'images', 'labels', 'labelSetFingerprint', 'model', 'fingerprint', 'minProbability', 'createdAt'],
          csv: (set) => [
            [
              set.name,
              set.tags,
              set.images,
              set.labels,
              set.labelSetFingerprint,
              set.encoder.name,
              set.encoder.fingerprint,
              set.minProbability,
              set.createdAt,
            ],
          ],
          human: (set) => [
            `${set.name}  ${set.tags} tags on ${set.images} images, ${set.labels} labels (${set.labelSetFingerprint}) from ${set.minProbability}, ${set.encoder.name}, ${set.createdAt}`,
          ],
        });
        const sets = await store.sets();
        for (const set of sets) await writer.write(set);
        await writer.end();
        if (sets.length === 0)
          run.say(
            `no tag sets in ${run.config.db} (corrections by hand belong to none: tags list --corrections); make one with: labelwise tag --label-set NAME`,
          );
      } finally {
        store.close();
      }
    });
}

function changeCommand(io: CliIo, verb: 'add' | 'remove' | 'forget', description: string) {
  return withDatabase(verb)
    .description(description)
    .argument('<tag>', 'the tag')
    .argument('<images...>', verb === 'forget' ? 'indexed images, or content hashes of those that left' : 'indexed images')
    .action(async (tag, images, flags) => {
      const run = startRun(flags, io);
      const label = toTagName(tag);
      if (label === '') throw new LabelwiseError('INVALID_ARGUMENT', 'Expected a tag, got a blank.');
      const change: TagChange = { add: [], remove: [], signal: io.signal, [verb]: [label] };
      const store = await openStore(run);
      try {
        const corrected =
          verb === 'forget' && images.some((name) => HASH.test(name)) ? (await store.correctionRows()).map(({ imageId }) => imageId) : [];
        const imageIds = await findImageIds(images, run, corrected);
        const changed = await store.correct(imageIds, change);
        run.say(
          verb === 'forget' && changed === 0
            ? `nothing to forget: "${label}" was neither added to nor removed from these images by hand`
            : `${PAST[verb]} "${label}": ${changed} ${changed === 1 ? 'image' : 'images'}`,
        );
      } finally {
        store.close();
      }
    });
}

const PAST = { add: 'added', remove: 'removed', forget: 'forgot corrections of' };

function deleteCommand(io: CliIo) {
  return withDatabase('delete')
    .description('delete a tag set; corrections by hand stay')
    .argument('<name>', 'the name of the tag set')
    .action(async (name, flags) => {
      const run = startRun(flags, io);
      const store = await openStore(run);
      try {
        await store.remove(name);
        run.say(`deleted the tags "${name}" from ${run.config.db}`);
      } finally {
        store.close();
      }
    });
}

/**
 * The ids of indexed images by their paths, and of `others` by the beginning of their content hash.
 *
 * @throws LabelwiseError `INPUT_NOT_FOUND` for the first that is no image of the index
 */
async function findImageIds(names: readonly string[], run: Run, others: readonly string[]): Promise<string[]> {
  const wanted = new Map(names.map((name) => [resolve(run.io.cwd, name), name]));
  const ids = new Set<string>();
  const collection = await openCollection(run);
  try {
    for await (const images of collection.images({ signal: run.io.signal })) {
      for (const { path, imageId } of images) if (wanted.delete(path)) ids.add(imageId);
      if (wanted.size === 0) break;
    }
  } finally {
    collection.close();
  }
  for (const [path, name] of wanted) {
    const hashes = HASH.test(name) ? others.filter((imageId) => imageId.startsWith(name)) : [];
    if (hashes.length === 0) throw await notIndexed(run, [path], name);
    for (const hash of hashes) ids.add(hash);
  }
  return [...ids];
}

/** As `tags list --corrections` prints the content hash of a picture that is not in the index now. */
const HASH = /^[0-9a-f]{12,64}$/;

async function openStore({ config }: Run) {
  const { openTagDatabase } = await import('../../store/tag-database.js');
  return openTagDatabase(config.db);
}

const EXAMPLES = `
Examples:
  labelwise tags add dog photos/beach.jpg photos/park.jpg
  labelwise tags remove wolf photos/park.jpg
  labelwise tags list`;
