import { readdirSync, readFileSync } from 'node:fs';
import { fillTemplate, listShipped, loadLabelSet, loadTemplateSet } from 'labelwise';
import { expect, test } from 'vitest';
import { wordsAgainst } from '../../dist/core/decisions/kinds.js';
import { loadConcepts } from '../../dist/home/data-files.js';
import { readJson } from '../fixtures/parity.js';
import { DATA, hasData, ROOT } from '../fixtures/paths.js';

/** How many labels each data set has, by its own page. */
const COUNTS: Record<string, number> = {
  caltech101: 101,
  cifar10: 10,
  cifar100: 100,
  'cifar100-coarse': 20,
  'coco-80': 80,
  dtd: 47,
  eurosat: 10,
  'fgvc-aircraft': 100,
  flowers102: 102,
  food101: 101,
  gtsrb: 43,
  'imagenet-1k': 1000,
  'oxford-pets': 37,
  'stanford-cars': 196,
  stl10: 10,
  sun397: 397,
};
const namesOf = async (set: string): Promise<string[]> => (await loadLabelSet(set)).labels.map(({ name }) => name);
const promptsOf = async (set: string): Promise<Map<string, string>> =>
  new Map((await loadLabelSet(set)).labels.map((label) => [label.name, label.promptName]));

test.each(Object.entries(COUNTS))('the label set %s has %i labels, each once, and a source', async (name, count) => {
  expect(await listShipped('label set')).toContain(name);
  const { labels } = await loadLabelSet(name);
  expect(labels).toHaveLength(count);
  expect(readJson<{ source: string }>(`${ROOT}data/label-sets/${name}.json`).source.length).toBeGreaterThan(20);
  const odd = labels.flatMap((label) => [label.promptName, ...label.synonyms]).filter((text) => /[_\t\n]| {2}|^ | $/.test(text));
  expect(odd).toEqual([]);
});

test('every template set has a source, no template twice, and as many as its name says', async () => {
  for (const name of await listShipped('template set')) {
    const { source, templates } = await loadTemplateSet(name);
    const texts = templates.map(({ text }) => text);
    expect([name, new Set(texts).size]).toEqual([name, texts.length]);
    expect(source).not.toBe('');
    const count = /-(\d+)$/.exec(name)?.[1];
    if (count !== undefined) expect([name, texts.length]).toEqual([name, Number(count)]);
    for (const template of templates) expect(fillTemplate(template, 'cat')).toContain('cat');
  }
});

test('help and guide name every label set and template set of the data sets', async () => {
  const help = readFileSync(`${ROOT}docs/reference/cli.md`, 'utf8').replaceAll(/\s+/g, ' ');
  const guide = readFileSync(`${ROOT}docs/guides/labels-and-prompts.md`, 'utf8');
  for (const name of [...Object.keys(COUNTS), ...(await listShipped('template set'))]) {
    expect(help).toContain(name);
    expect(guide).toContain(`\`${name}\``);
  }
});

test('misspelt and shortened names are mended in prompts and kept in answers', async () => {
  expect((await promptsOf('cifar100')).get('cra')).toBe('crab');
  expect((await promptsOf('cifar100')).get('aquarium_fish')).toBe('aquarium fish');
  expect((await promptsOf('caltech101')).get('Faces_easy')).toBe('centered face');
  expect((await promptsOf('caltech101')).get('yin_yang')).toBe('yin and yang symbol');
  expect((await promptsOf('eurosat')).get('SeaLake')).toBe('lake or sea');
  expect([...(await promptsOf('gtsrb')).values()].join()).not.toMatch(/horizonal|bicyle/);
  expect((await promptsOf('oxford-pets')).get('Maine_Coon')).toBe('Maine Coon');
});

test.skipIf(!hasData('caltech101'))('names are spelt as the data spells them (skipped without LABELWISE_DATA)', async () => {
  expect(readdirSync(`${DATA}/caltech101`).sort()).toEqual(await namesOf('caltech101'));
  expect(readdirSync(`${DATA}/cifar10`).sort()).toEqual(await namesOf('cifar10'));
  expect(readJson<{ categories: string[] }>(`${DATA}/coco-captions/captions.json`).categories).toEqual(await namesOf('coco-80'));
  const readme = readFileSync(`${DATA}/cifar100-mini/README.md`, 'utf8');
  const listed = [...readme.matchAll(/^ {10}'\d+': (.+)$/gm)].map(([, name]) => name);
  expect(listed).toEqual([...(await namesOf('cifar100')), ...(await namesOf('cifar100-coarse'))]);
});

test.skipIf(!hasData('imagenet-sample'))(
  'ImageNet names agree with the sample’s list, but for the two that stand there twice (skipped without LABELWISE_DATA)',
  async () => {
    const listed = readJson<string[]>(`${DATA}/imagenet-sample/imagenet1k-class-names.json`);
    const names = await namesOf('imagenet-1k');
    const differing = listed.flatMap((name, i) => (name === names[i] ? [] : [name]));
    expect(listed).toHaveLength(1000);
    expect(differing.every((name) => listed.filter((other) => other === name).length > 1 || /\(/.test(name))).toBe(true);
    expect(differing.length).toBeLessThan(5);
  },
);

test('kinds of a label are those that people call by its name: a beagle is a dog, a lion and a cougar are not cats', async () => {
  const words = ['beagle', 'tabby', 'lion', 'cougar', 'goldfinch', 'sports car'];
  const against = async (label: string) => wordsAgainst([label], words, await loadConcepts()).map((place) => words[place]);
  expect(await against('dog')).toEqual(['tabby', 'lion', 'cougar', 'goldfinch', 'sports car']);
  expect(await against('cat')).toEqual(['beagle', 'lion', 'cougar', 'goldfinch', 'sports car']);
  expect(await against('feline')).toEqual(['beagle', 'goldfinch', 'sports car']);
});
