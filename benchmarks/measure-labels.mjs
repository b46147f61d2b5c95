import { buildClassEmbeddings, createLabelSet, loadEncoder, loadLabelSet, loadTemplateSet } from '../dist/index.js';
import { timed } from './processes.mjs';

/** Seconds to embed labels with pocket. */
export async function measureLabels() {
  const encoder = await loadEncoder({ onWarning() {} }); // closed with the process
  const thousand = await loadLabelSet('imagenet-1k');
  const hundred = createLabelSet(thousand.labels.slice(0, 100).map((label) => label.name));
  const [one, eighty] = [(await loadTemplateSet('default')).templates, (await loadTemplateSet('imagenet-80')).templates];
  const build = (set, templates, rounds) => timed(rounds, () => buildClassEmbeddings(encoder, set, { templates }));
  await build(createLabelSet(['cat', 'dog']), one, 1);
  return {
    '100 labels, 1 template': await build(hundred, one, 3),
    '1,000 labels, 1 template': await build(thousand, one, 1),
    '100 labels, 80 templates': await build(hundred, eighty, 1),
    '1,000 labels, 80 templates': await build(thousand, eighty, 1),
  };
}
