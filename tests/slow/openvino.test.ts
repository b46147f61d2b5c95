import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Encoder, type LoadEncoderOptions, loadEncoder } from 'labelwise/encoders';
import { beforeAll, describe, expect, test } from 'vitest';
import { findOpenVino } from '../../dist/encoders/engines/openvino/find-openvino.js';
import { checkPrecision } from '../../dist/encoders/quantize/check-precision.js';
import { quantizeCheckpoint } from '../../dist/encoders/quantize/quantize-checkpoint.js';
import { readHubSettings } from '../../dist/hub/hub-settings.js';
import { cli } from '../fixtures/cli.js';
import { expectParity } from '../fixtures/expect-parity.js';
import { fullSizeClip } from '../fixtures/full-size-clip.js';
import { cosine, type Golden, readJson, temporaryFolder } from '../fixtures/parity.js';
import { CLIP_TINY, IMAGES, PARITY } from '../fixtures/paths.js';
import { widenNaflex } from '../fixtures/wide-naflex.js';

/** OpenVINO: where LABELWISE_OPENVINO says or as labelwise finds it, else PyPI's wheel in an environment of its own, else the tests are skipped. */
function provideOpenVino(): string | undefined {
  const found = findOpenVino({ openvino: process.env.LABELWISE_OPENVINO });
  if (found !== undefined) return found;
  const folder = temporaryFolder();
  const python = process.env.LABELWISE_PYTHON ?? 'python3';
  const made = spawnSync(python, ['-m', 'venv', folder]).status === 0;
  const pip = [join(folder, 'bin/pip'), join(folder, 'Scripts/pip.exe')].find((path) => existsSync(path));
  if (made && pip) spawnSync(pip, ['install', '-q', '--no-deps', 'openvino']);
  return findOpenVino({ openvino: folder });
}

const openvino = provideOpenVino();
if (openvino === undefined) console.warn('skipped: OpenVINO is not installed, and pip cannot install it (set LABELWISE_OPENVINO)');

const golden = readJson<Golden>(`${PARITY}/golden.json`);
const photos = ['chelsea.png', 'cat-grey.jpg', 'rocket.jpg', 'coffee.png']
  .filter((name) => existsSync(`${IMAGES}/${name}`))
  .map((name) => `${IMAGES}/${name}`);
const prompts = ['a photo of a cat', 'two dogs near a car', 'a cup of coffee'];
const open = (options: LoadEncoderOptions & { home?: string }, warnings: string[] = []) =>
  loadEncoder({ engine: 'openvino', openvino, onWarning: (message: string) => warnings.push(message), ...options });

async function embed(encoder: Encoder): Promise<Float32Array[]> {
  const embeddings = await encoder.encodeTexts(prompts);
  for await (const outcome of encoder.encodeImages(photos)) {
    if ('error' in outcome) throw outcome.error;
    embeddings.push(outcome.embedding);
  }
  return embeddings;
}

const lowest = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  Math.min(...a.map((embedding, i) => cosine(embedding, b[i] as Float32Array)));

/** The processes of engines that this process has started. */
function engineProcesses(): number[] {
  const tasks = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  return tasks.filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('session-worker')).map(Number);
}

describe.skipIf(openvino === undefined)('OpenVINO', () => {
  test.each(['weights', 'ONNX files'])('gives the embeddings of transformers for %s', async (what) => {
    const warnings: string[] = [];
    await using encoder = await open({ model: CLIP_TINY, onnx: what === 'ONNX files' }, warnings);
    await expectParity(encoder, golden);
    const { engine } = await encoder.device();
    expect(engine).toMatch(/^OpenVINO \d/);
    expect(warnings.filter((warning) => warning.startsWith('OpenVINO'))).toEqual([]);
  });

  const families = ['families', 'layouts', 'towers', 'cases'].flatMap((folder) =>
    readdirSync(`${PARITY}/${folder}`).map((name) => `${folder}/${name}`),
  );
  test.each(families.filter((name) => existsSync(`${PARITY}/${name}/golden.json`)))(
    'gives the embeddings of ONNX Runtime for %s',
    async (name) => {
      const warnings: string[] = [];
      await using exact = await open({ model: `${PARITY}/${name}`, engine: 'onnxruntime' });
      await using encoder = await open({ model: `${PARITY}/${name}` }, warnings);
      expect(lowest(await embed(encoder), await embed(exact))).toBeGreaterThan(0.99999);
      expect(warnings.filter((warning) => warning.startsWith('OpenVINO'))).toEqual([]);
    },
  );

  test('gives the embeddings of ONNX Runtime for a NaFlex whose MLPs that computes in parts', async () => {
    const [model, warnings]: [string, string[]] = [widenNaflex(), []];
    await using exact = await open({ model, engine: 'onnxruntime' });
    await using encoder = await open({ model }, warnings);
    expect(lowest(await embed(encoder), await embed(exact))).toBeGreaterThan(0.99999);
    expect(warnings.filter((warning) => warning.startsWith('OpenVINO'))).toEqual([]);
  });

  test('a compiled model is kept and used again, and compiled again where it was damaged', async () => {
    const home = temporaryFolder();
    const blobs = (): string[] =>
      readdirSync(join(home, 'openvino'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.blob'));
    const run = async (): Promise<Float32Array[]> => {
      await using encoder = await open({ model: CLIP_TINY, home });
      return await embed(encoder);
    };
    const first = await run();
    expect(blobs()).toHaveLength(2);
    const [path] = blobs().map((name) => join(home, 'openvino', name)) as [string];
    const { mtimeMs } = statSync(path);
    expect(await run()).toEqual(first);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
    const bytes = readFileSync(path);
    const middle = bytes.length >> 1;
    bytes.fill(0, middle, middle + 512);
    writeFileSync(path, bytes, { mode: 0o600 });
    expect(await run()).toEqual(first);
    expect(blobs()).toHaveLength(2);
  });

  test.each(['intel-gpu', 'intel-npu'] as const)(
    'the device %s runs the graphs where OpenVINO offers it, else it is refused by name',
    async (device) => {
      const encoder = await open({ model: CLIP_TINY, device }).catch((error: unknown) => error as Error);
      if (encoder instanceof Error) {
        expect(encoder).toMatchObject({
          code: 'DEVICE_UNAVAILABLE',
          message: `The device ${device} cannot be used: OpenVINO does not find it.`,
        });
        return;
      }
      await using exact = await open({ model: CLIP_TINY });
      expect((await encoder.device()).device).toBe(device);
      expect(lowest(await embed(encoder), await embed(exact))).toBeGreaterThan(0.999);
      await encoder.close();
    },
  );

  test('models tune measures both engines, and later runs take the faster one', async () => {
    const env = { LABELWISE_HOME: temporaryFolder(), LABELWISE_OPENVINO: openvino };
    const { code, stdout, stderr } = await cli(['models', 'tune', CLIP_TINY, '--json'], { env });
    expect(code, stderr).toBe(0);
    const measured = JSON.parse(stdout) as { engine: string }[];
    expect(new Set(measured.map(({ engine }) => engine))).toEqual(new Set(['onnxruntime', 'openvino']));
    const best = measured[0]?.engine === 'openvino' ? 'OpenVINO' : 'ONNX Runtime';
    expect((await cli(['models', 'show', CLIP_TINY], { env })).stdout).toMatch(new RegExp(`^tuning +${best}, batches of`, 'm'));
  }, 600_000);

  test.skipIf(process.platform !== 'linux')(
    'when its process is killed, ONNX Runtime goes on with one warning and the same embeddings',
    async () => {
      const warnings: string[] = [];
      await using encoder = await open({ model: CLIP_TINY }, warnings);
      const before = await embed(encoder);
      const [pid] = engineProcesses();
      process.kill(pid as number, 'SIGKILL');
      const after = await embed(encoder);
      expect(lowest(before, after)).toBeGreaterThan(0.99999);
      expect(warnings).toEqual([expect.stringMatching(/^OpenVINO failed, and ONNX Runtime takes its place: .*SIGKILL/)]);
    },
  );

  describe('of ViT-B/32 in full size', () => {
    const home = temporaryFolder();
    const source = { home, hub: readHubSettings({}), openvino, photos, prompts, force: true } as const;
    let model: string;
    let exact: Float32Array[];
    beforeAll(async () => {
      model = fullSizeClip();
      await using encoder = await open({ model, home, engine: 'onnxruntime' });
      exact = await embed(encoder);
    }, 300_000);

    test('float32 has a cosine of 0.999999 to ONNX Runtime, and the same fingerprint', async () => {
      await using other = await open({ model, home, engine: 'onnxruntime' });
      await using encoder = await open({ model, home });
      expect(lowest(await embed(encoder), exact)).toBeGreaterThan(0.999999);
      expect(encoder.info.fingerprint).toBe(other.info.fingerprint);
    }, 300_000);

    test('int8 has a cosine of 0.999, and bf16 of 0.9995 where the processor has it; each has a fingerprint of its own', async () => {
      const { openvino: checked } = await quantizeCheckpoint({ ...source, model });
      expect(checked?.imageCosine.lowest).toBeGreaterThan(0.999);
      await using int8 = await open({ model, home, precision: 'int8' });
      expect(lowest(await embed(int8), exact)).toBeGreaterThan(0.999);
      await using slow = await open({ model, home, precision: 'int8', engine: 'onnxruntime' });
      const bf16 = await checkPrecision({ ...source, model, precision: 'bf16' }).catch((error: unknown) => error);
      if (bf16 instanceof Error) {
        expect(bf16).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('bfloat16') });
        return;
      }
      await using rounded = await open({ model, home, precision: 'bf16' });
      const embeddings = await embed(rounded);
      expect(lowest(embeddings, exact)).toBeGreaterThan(0.9995);
      expect(new Set([int8, slow, rounded].map(({ info }) => info.fingerprint)).size).toBe(3);
    }, 900_000);
  });
});
