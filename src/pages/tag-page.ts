import { formatCount } from '../core/format-count.js';
import { shortenPath } from '../files/show-path.js';
import type { IndexedPlaces } from '../ingest/indexed-source.js';
import type { TagSummary } from '../tasks/tags/tag-images.js';
import type { HtmlFile } from './html-file.js';
import { createPictureSheet } from './picture-sheet.js';

/** What `tag` says when it is done, or what it would do. */
export function describeTagging(summary: TagSummary): string[] {
  const { name, tags, tagged, images, labels, replacedLabels, model, isDryRun } = summary;
  const replaced =
    replacedLabels === undefined
      ? []
      : [
          `${isDryRun ? 'this would replace' : 'replaced'} the earlier tags "${name}", from ${replacedLabels} other labels; use \`name\` to keep both`,
        ];
  const counts = `${formatCount(tags, 'tag')} on ${tagged} of ${formatCount(images, 'image')}, ${formatCount(labels, 'label')}, ${model}`;
  return [...replaced, isDryRun ? `"${name}" would be ${counts}. Nothing was stored.` : `tagged "${name}": ${counts}`];
}

/** The labels with how many images each would get, and where to look: "dog  12  a.jpg (97 %), b.jpg (95 %)". */
export function tagLines({ byLabel }: TagSummary, cwd: string): string[] {
  const width = Math.max(0, ...byLabel.map(({ label }) => label.length));
  const digits = Math.max(0, ...byLabel.map(({ images }) => `${images}`.length));
  return byLabel.map(({ label, images, samples }) => {
    const shown = samples.map(({ path, probability }) => `${shortenPath(path, cwd)} (${(100 * probability).toFixed(0)} %)`);
    return `${label.padEnd(width)}  ${`${images}`.padStart(digits)}  ${shown.join(', ')}`;
  });
}

/** Writes a page with the surest pictures of each label. */
export async function writeTagPage(file: HtmlFile, summary: TagSummary, places: IndexedPlaces): Promise<void> {
  const { name, images, tagged, tags, isDryRun, byLabel, model } = summary;
  const text = {
    title: `${isDryRun ? 'What would be tagged' : 'What was tagged'}: ${name}`,
    intro: `${formatCount(tags, 'tag')} on ${tagged} of ${formatCount(images, 'picture')}, by ${model}. Each label with its surest pictures.`,
    footer: `Made by labelwise. ${isDryRun ? 'Nothing was stored. ' : ''}If the pictures of a label do not show it, reword the label, raise the smallest probability, or correct them with "labelwise tags remove".`,
  };
  const sheet = await createPictureSheet(file, text, places);
  for (const { label, images: count, samples } of byLabel) {
    await sheet.heading(`${label}: ${formatCount(count, 'picture')}`);
    for (const { path, probability } of samples) await sheet.add({ path, facts: [`${(100 * probability).toFixed(1)} %`] });
  }
  await sheet.end(byLabel.length === 0 ? 'No picture gets a tag.' : undefined);
}
