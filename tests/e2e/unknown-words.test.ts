import { createClassifier } from 'labelwise';
import { expect, test } from 'vitest';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CHINESE_CLIP_TINY, PARITY } from '../fixtures/paths.js';

const PHOTO = `${PARITY}/cases/coffee.jpg`;
const RECOMMENDS =
  'The embedded model knows everyday things only. For colours, actions, people and more, use a full CLIP: labelwise models pull --recommended';
const WARNING = 'The model does not know these words: 猫, 狗, 车. Its results for them mean nothing.';

test('words that the model cannot spell are named in one warning, also on the next run', async () => {
  const env = { LABELWISE_HOME: temporaryFolder() };
  for (const said of [`warning: ${WARNING}\n${RECOMMENDS}\n`, `warning: ${WARNING}\n`]) {
    const { code, stderr } = await cli(['classify', PHOTO, '--labels', '猫, 狗, 车', '--json'], { env });
    expect([code, stderr]).toEqual([0, said]); // a full CLIP is recommended once per home
  }
});

test('the embedded model says which words it does not know: colours, counts, actions, feelings', async () => {
  const stderrOf = async (labels: string) => (await cli(['classify', PHOTO, '--labels', labels, '--json'])).stderr;
  expect(await stderrOf('happy, sitting, cup')).toContain(
    'The model does not know these words: happy, sitting. Its results for them mean nothing.',
  );
  expect(await stderrOf('red cup, blue cup, a dog, tea cup')).toContain(
    'The model does not know the words that tell these labels apart: red cup, blue cup.',
  );
  expect(await stderrOf('three cats, two cats')).toContain('apart: three cats, two cats.');
  expect(await stderrOf('coffee cup, tea cup, golden retriever, Labrador retriever, beach, kitchen, vehicle')).toBe('');
});

test('labels that a negation alone tells apart are named, with a better way', async () => {
  const { stderr } = await cli(['classify', PHOTO, '--labels', 'dog, not a dog', '--json']);
  expect(stderr).toContain('to them, "not a dog" means nearly the same as "dog". Ask for "none of these" with --none');
});

test('the embedded model says which words it has only a vague idea of, as labels and as a query', async () => {
  const labels = await cli(['classify', PHOTO, '--labels', 'selfie, cup', '--json']);
  expect(labels.stderr).toContain('The model has only a vague idea of selfie. Its results for it may be wrong.');
  const db = temporaryFolder();
  await cli(['index', `${PARITY}/cases`, '--db', db]);
  const found = await cli(['search', 'selfie', '--db', db]);
  expect([found.code, found.stderr]).toEqual([0, expect.stringContaining('a vague idea of selfie')]);
  expect((await cli(['search', 'a dog on the beach at sunset', '--db', db])).stderr).toBe(''); // phrases are not judged
  expect((await cli(['search', 'coffee -cup', '--db', db])).stderr).toContain('To move away from it, use --without.');
});

test('a search for what the embedded model does not know says so', async () => {
  const db = temporaryFolder();
  await cli(['index', `${PARITY}/cases`, '--db', db]);
  expect((await cli(['search', 'happiness', '--db', db])).stderr).toContain('The model does not know this word: happiness.');
  const relevant = await cli(['search', 'happiness', '--relevant', '--json', '--db', db]);
  expect(JSON.parse(relevant.stdout)).toEqual([]);
  expect((await cli(['search', 'dog', '--db', db])).stderr).toBe('');
});

test('a full CLIP is recommended by the model of the index, whatever the settings say', async () => {
  const [home, db] = [temporaryFolder(), temporaryFolder()];
  await cli(['index', `${PARITY}/cases`, '--db', db, '--model', CHINESE_CLIP_TINY], { env: { LABELWISE_HOME: home } });
  const { stderr } = await cli(['search', '🦄', '--db', db], { env: { LABELWISE_HOME: home } });
  expect(stderr).toContain('The model does not know this word: 🦄.');
  expect(stderr).not.toContain(RECOMMENDS);
  const classified = await cli(['classify', PHOTO, '--labels', '猫, dog', '--json'], { env: { LABELWISE_HOME: home } });
  expect(classified.stderr).toContain(RECOMMENDS); // it is still to come
});

test('labels that read the same to the model are named, also from the cache', async () => {
  for (const _run of ['first', 'cached']) {
    const { stderr } = await cli(['classify', PHOTO, '--labels', 'dog, Dog, cat', '--json']);
    expect(stderr).toBe('warning: The model reads these labels as the same: dog, Dog.\n');
  }
  expect((await cli(['classify', PHOTO, '--labels', 'dog, cat', '--json'])).stderr).toBe('');
});

test('a label that repeats the template is named with its prompt', async () => {
  const { code, stderr } = await cli(['classify', PHOTO, '--labels', 'dog, a photo of a cat', '--template', 'a photo of a {}.', '--json']);
  expect([code, stderr]).toEqual([
    0,
    'warning: The label "a photo of a cat" already has the words of the template, so the prompt is "a photo of a a photo of a cat." Leave them out, or use the template "{}".\n',
  ]);
  const plain = await cli(['classify', PHOTO, '--labels', 'a photo of a dog, a photo of a cat', '--template', '{}', '--json']);
  expect(plain.stderr).toBe('');
});

test('a query that repeats the template is named with its prompt', async () => {
  const db = ['--db', temporaryFolder()];
  expect((await cli(['index', `${PARITY}/cases`, ...db])).code).toBe(0);
  const search = async (...args: string[]) => (await cli(['search', ...args, '--json', ...db])).stderr;
  expect(await search('a photo of a dog')).toBe(
    'warning: The query "a photo of a dog" already has the words of the template, so the prompt is "a photo of a photo of a dog." Leave them out, or use the template "{}".\n',
  );
  expect(await search('a dog', '--without', 'photo of a cat')).toContain('The query "photo of a cat" already');
  for (const plain of [['--template', '{}'], ['--plain']]) expect(await search('a photo of a dog', ...plain)).toBe('');
});

test('labels build, tag, search and the library warn too', async () => {
  const db = temporaryFolder();
  const labels = ['--labels', '猫, 狗, 车', '--db', db];
  expect((await cli(['labels', 'build', 'animals', ...labels])).stderr).toContain(WARNING);
  expect((await cli(['index', `${PARITY}/cases`, '--db', db])).code).toBe(0);
  expect((await cli(['tag', ...labels, '--name', 'animals'])).stderr).toContain(WARNING);
  expect((await cli(['search', 'a 猫', '--db', db])).stderr).toContain(
    'The model does not know this word: 猫. Its results for it mean nothing.',
  );
  const warnings: string[] = [];
  await using _classifier = await createClassifier({ labels: ['猫', '狗', '车'], onWarning: (message) => warnings.push(message) });
  expect(warnings).toEqual([WARNING]);
});
