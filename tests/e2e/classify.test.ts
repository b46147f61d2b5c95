import { describe, expect, test } from 'vitest';
import { classify, cli, type PredictionJson, type RowJson } from '../fixtures/cli.js';
import { CAT, ROCKET } from '../fixtures/pictures.js';

const PETS = ['--labels', 'cat, dog, red panda'];
const KEYS = ['label', 'similarity', 'distance', 'logit', 'probability'];

describe('labelwise classify ranks labels for a photo', () => {
  test('a person gets a table with rank, label, similarity, distance, probability and a bar', async () => {
    const { code, stdout, stderr } = await cli(['classify', CAT, ...PETS]);
    const lines = stdout.split('\n');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines[0]).toBe(CAT);
    expect(lines[1]?.trim().split(/\s+/)).toEqual(['rank', 'label', 'similarity', 'distance', 'probability']);
    expect(lines[2]).toMatch(/^ {3}1 {2}cat +0\.\d{4} +0\.\d{4} +\d+\.\d+ % {2}█+$/);
    expect(stdout).not.toContain('\u001b');
  });

  test('--json is one array of rows with exactly path and predictions, best first', async () => {
    const [row, ...rest] = await classify([CAT], ...PETS);
    expect(rest).toEqual([]);
    expect(Object.keys(row as RowJson)).toEqual(['path', 'predictions']);
    const predictions = row?.predictions as PredictionJson[];
    for (const prediction of predictions) expect(Object.keys(prediction)).toEqual(KEYS);
    expect(row?.path).toBe(CAT);
    expect(predictions.map((p) => p.label)).toHaveLength(3);
    expect(predictions[0]?.label).toBe('cat');
    expect(predictions.map((p) => p.similarity)).toEqual(predictions.map((p) => p.similarity).toSorted((a, b) => b - a));
  });

  test('distance is 1 - similarity, and a logit is the scaled similarity', async () => {
    const [row] = await classify([CAT], ...PETS);
    const { predictions } = row as RowJson;
    for (const { similarity, distance } of predictions) expect(distance).toBeCloseTo(1 - similarity, 6);
    const scales = predictions.map((p) => p.logit / p.similarity);
    for (const scale of scales) expect(scale).toBeCloseTo(scales[0] as number, 3);
  });

  test('probabilities of all labels sum to 1, and --top-k changes none of them', async () => {
    const [all] = await classify([CAT], '--label-set', 'cifar10', '--top-k', '10');
    const [few] = await classify([CAT], '--label-set', 'cifar10', '-k', '2');
    expect(all?.predictions).toHaveLength(10);
    expect(all?.predictions.reduce((sum, p) => sum + p.probability, 0)).toBeCloseTo(1, 5);
    expect(few?.predictions).toEqual(all?.predictions.slice(0, 2));
  });

  test('--top-k is 5 unless said otherwise, and may be more than there are labels', async () => {
    expect((await classify([CAT], '--label-set', 'cifar10'))[0]?.predictions).toHaveLength(5);
    expect((await classify([CAT], ...PETS, '--top-k', '99'))[0]?.predictions).toHaveLength(3);
  });

  test('--ndjson is one JSON object a line, equal to the rows of --json', async () => {
    const { code, stdout } = await cli(['classify', CAT, ROCKET, ...PETS, '--ndjson']);
    const lines = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toEqual(await classify([CAT, ROCKET], ...PETS));
  });

  test('--csv has a header, and a row for each prediction', async () => {
    const { code, stdout } = await cli(['classify', CAT, ROCKET, ...PETS, '--csv']);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(code).toBe(0);
    expect(header).toBe('path,rank,label,similarity,distance,logit,probability,error_code,error_message');
    expect(rows).toHaveLength(6);
    const cells = rows[0]?.split(',') ?? [];
    expect([cells[0], cells[1], cells[2], ...cells.slice(7)]).toEqual([CAT, '1', 'cat', '', '']);
    for (const cell of cells.slice(3, 7)) expect(Number.isFinite(Number(cell))).toBe(true);
  });

  test('--csv quotes labels with commas and quotes', async () => {
    const { stdout } = await cli(['classify', CAT, '--labels', '"black, white", 5" cat"', '--csv']);
    expect(stdout).toContain(',"black, white",');
  });

  test('--multi-label gives each label a probability by itself, and warns for a softmax model', async () => {
    const { code, stdout, stderr } = await cli(['classify', CAT, ...PETS, '--multi-label', '--json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: pocket was trained to choose one label/);
    const [row] = JSON.parse(stdout) as RowJson[];
    for (const { probability, logit } of row?.predictions ?? []) expect(probability).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
  });
});
