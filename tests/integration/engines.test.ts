import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Encoder, type LoadEncoderOptions, loadEncoder } from 'labelwise/encoders';
import { describe, expect, test } from 'vitest';
import { chooseEngine } from '../../dist/encoders/engines/choose-engine.js';
import { findOpenVino } from '../../dist/encoders/engines/openvino/find-openvino.js';
import { requireVersion } from '../../dist/encoders/engines/openvino/openvino-version.js';
import { cli } from '../fixtures/cli.js';
import { temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, ROOT } from '../fixtures/paths.js';

const LIBRARY = 'libopenvino_c.so.2641';

/** A folder with a file that has the name of OpenVINO's C library, and is none. */
function folderWithLibrary(under = '.', name = LIBRARY): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, under), { recursive: true });
  writeFileSync(join(folder, under, name), 'not a library');
  return folder;
}

describe('OpenVINO is found', () => {
  test.each([
    ['a folder of libraries', '.'],
    ["the folder of PyPI's package", 'libs'],
    ['an archive of OpenVINO', 'runtime/lib/intel64'],
    ['a Python environment', 'lib/python3.12/site-packages/openvino/libs'],
    ['a Python environment of Windows', 'Lib/site-packages/openvino/libs'],
  ])('in %s that the user names', (_what, under) => {
    const folder = folderWithLibrary(under);
    expect(findOpenVino({ openvino: folder })).toBe(join(folder, under, LIBRARY));
  });

  test('where the user names the library itself, and nowhere else', () => {
    const folder = folderWithLibrary();
    expect(findOpenVino({ openvino: join(folder, LIBRARY) })).toBe(join(folder, LIBRARY));
    expect(
      findOpenVino({ openvino: temporaryFolder(), pythonEnvironments: [folderWithLibrary('lib/python3.12/site-packages/openvino/libs')] }),
    ).toBe(undefined);
  });

  test('in an active Python environment, in the newest Python of it', () => {
    const folder = folderWithLibrary('lib/python3.9/site-packages/openvino/libs');
    const newest = join(folder, 'lib/python3.13/site-packages/openvino/libs');
    mkdirSync(newest, { recursive: true });
    writeFileSync(join(newest, LIBRARY), '');
    expect(findOpenVino({ pythonEnvironments: [temporaryFolder(), folder] })).toBe(join(newest, LIBRARY));
  });

  test.each(['libopenvino_c.so', 'libopenvino_c.2641.dylib', 'openvino_c.dll'])('by the name %s', (name) => {
    expect(findOpenVino({ openvino: folderWithLibrary('.', name) })).toMatch(name);
  });
});

test.each(['2025.4', '2025.4.0', '2026.0.0', '2027.1'])('OpenVINO %s is recent enough', (version) => {
  expect(() => requireVersion(version, 'x')).not.toThrow();
});

test.each(['2025.3.1', '2024.6', ''])('OpenVINO "%s" is refused', (version) => {
  expect(() => requireVersion(version, 'x')).toThrow(/labelwise needs 2025\.4 or later/);
});

describe('an engine is chosen', () => {
  const openvino = folderWithLibrary();
  const library = join(openvino, LIBRARY);
  const wish = { engine: 'auto', device: 'cpu', precision: 'fp32', tuned: undefined, openvino } as const;

  test('untuned, OpenVINO where it is installed', () => expect(chooseEngine(wish)).toEqual({ library, isNeeded: false }));

  test.each([
    ['models tune found it to be faster', { tuned: 'onnxruntime' }],
    ['the caller wants it', { engine: 'onnxruntime' }],
    ['the device is one of its own', { device: 'cuda' }],
  ] as const)('ONNX Runtime where %s', (_why, other) => {
    expect(chooseEngine({ ...wish, ...other })).toEqual({ library: undefined, isNeeded: false });
  });

  test.each([
    ['the caller wants it', { engine: 'openvino', tuned: 'onnxruntime' }],
    ['the precision is bf16', { precision: 'bf16' }],
    ['the device is an Intel GPU', { device: 'intel-gpu' }],
  ] as const)('OpenVINO and nothing else where %s', (_why, other) => {
    expect(chooseEngine({ ...wish, ...other })).toEqual({ library, isNeeded: true });
    expect(() => chooseEngine({ ...wish, ...other, openvino: '/nowhere' })).toThrow(
      expect.objectContaining({ code: 'ENGINE_UNAVAILABLE', message: 'OpenVINO was not found in /nowhere.' }),
    );
  });

  test.each([
    ['bf16 of ONNX Runtime', { engine: 'onnxruntime', precision: 'bf16' }],
    ['an Intel GPU of ONNX Runtime', { engine: 'onnxruntime', device: 'intel-gpu' }],
    ['CUDA of OpenVINO', { engine: 'openvino', device: 'cuda' }],
  ] as const)('%s is refused', (_what, other) => {
    expect(() => chooseEngine({ ...wish, ...other })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

async function embed(encoder: Encoder): Promise<Float32Array[]> {
  const embeddings = await encoder.encodeTexts(['a cat', 'two dogs']);
  for await (const outcome of encoder.encodeImages([`${IMAGES}/chelsea.png`])) {
    if ('error' in outcome) throw outcome.error;
    embeddings.push(outcome.embedding);
  }
  return embeddings;
}

const load = (options: LoadEncoderOptions & { openvino: string }, warnings: string[] = []) =>
  loadEncoder({ model: CLIP_TINY, onWarning: (message) => warnings.push(message), ...options });

/** A library that is none, and one without OpenVINO's functions. */
const broken = [folderWithLibrary()];
const prebuilt = `${ROOT}node_modules/@koromix/koffi-${process.platform}-${process.arch}/${process.platform}_${process.arch}`;
if (process.platform === 'linux') {
  broken.push(temporaryFolder());
  copyFileSync(join(prebuilt, readdirSync(prebuilt).find((name) => name.endsWith('.node')) as string), join(broken[1] as string, LIBRARY));
}

test.each(broken)('with a library that does not work, ONNX Runtime takes over with one warning (%#)', async (openvino) => {
  const warnings: string[] = [];
  await using exact = await load({ engine: 'onnxruntime', openvino });
  await using encoder = await load({ engine: 'auto', device: 'cpu', openvino }, warnings);
  expect(encoder.settings.engine).toBe('openvino');
  expect(encoder.info.fingerprint).toBe(exact.info.fingerprint);
  expect(await embed(encoder)).toEqual(await embed(exact));
  expect((await encoder.device()).engine).toMatch(/^ONNX Runtime/);
  expect(warnings).toEqual([
    expect.stringMatching(/^OpenVINO failed, and ONNX Runtime takes its place: .*To go without it, set `engine` to onnxruntime\.$/),
  ]);
});

test('a precision that nobody has checked is refused, with the command that checks it', async () => {
  await expect(load({ precision: 'bf16', openvino: folderWithLibrary() })).rejects.toMatchObject({
    code: 'PRECISION_UNCHECKED',
    hint: expect.stringMatching(/^Check it on photos: labelwise models quantize \S+ --precision bf16\.$/),
  });
});

test('a dtype and a precision that exclude each other are refused', async () => {
  await expect(load({ precision: 'bf16', dtype: 'int8', openvino: '/' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'Expected `dtype` to be fp32 for `precision` bf16, got int8.',
  });
});

test('the flags, the variables and the file name engine and precision alike', async () => {
  const openvino = folderWithLibrary();
  const photo = `${IMAGES}/chelsea.png`;
  const flags = await cli(['classify', photo, '-m', CLIP_TINY, '-l', 'cat,dog', '--precision', 'bf16', '--openvino', openvino]);
  const env = { LABELWISE_PRECISION: 'bf16', LABELWISE_OPENVINO: openvino };
  const variables = await cli(['classify', photo, '-m', CLIP_TINY, '-l', 'cat,dog'], { env });
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'labelwise.config.json'), JSON.stringify({ precision: 'bf16', openvino }));
  const file = await cli(['classify', photo, '-m', CLIP_TINY, '-l', 'cat,dog'], { cwd });
  for (const { code, stderr } of [flags, variables, file]) {
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /^error: Nobody has checked what bf16 costs \S+ with OpenVINO\.\nhint: Check it on photos: labelwise models quantize/m,
    );
  }
  const other = await cli(['classify', photo, '-m', CLIP_TINY, '-l', 'cat,dog', '--engine', 'tensorrt']);
  expect(other.stderr).toMatch(/'tensorrt' is invalid. Allowed choices are auto, onnxruntime, openvino/);
});
