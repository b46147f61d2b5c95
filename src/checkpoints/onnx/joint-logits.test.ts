import { expect, test } from 'vitest';
import { traceLogits } from './joint-logits.js';
import type { OutlineTensor } from './read-outline.js';

const tensor = (name: string, change: Partial<OutlineTensor>): [string, OutlineTensor] => [
  name,
  {
    name,
    data_type: 1,
    dims: [],
    float_data: [],
    int32_data: [],
    double_data: [],
    raw_data: new Uint8Array(),
    external_data: [],
    ...change,
  },
];
const node = (op_type: string, input: string[], output: string) => ({ op_type, input, output: [output], attribute: [] });
const bytesOf = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);
const BESIDE = new Map([['model.onnx_data', bytesOf(-12)]]);
const trace = (tensors: [string, OutlineTensor][], nodes: ReturnType<typeof node>[]) =>
  traceLogits({ nodes, tensors: new Map(tensors) }, (location, use) =>
    use(async (offset, length) => (BESIDE.get(location) ?? new Uint8Array()).subarray(offset, offset + length)),
  );
const NODES = [
  node('MatMul', ['texts', 'images'], 'cosines'),
  node('Exp', ['onnx::Exp_1'], 'scale'),
  node('Mul', ['cosines', 'scale'], 'scaled'),
  node('Add', ['scaled', 'onnx::Add_2'], 'logits_per_text'),
  node('Transpose', ['logits_per_text'], 'logits_per_image'),
];
const external = (location: string) => [
  { key: 'location', value: location },
  { key: 'offset', value: '0' },
  { key: 'length', value: '4' },
];

test('scale and bias are followed from the logits, whatever their names, also into a file beside the model', async () => {
  const scale = tensor('onnx::Exp_1', { raw_data: bytesOf(Math.log(117)) });
  const found = await trace([scale, tensor('onnx::Add_2', { external_data: external('model.onnx_data') })], NODES);
  expect(found).toEqual({ logitScale: expect.closeTo(117, 3), logitBias: -12, source: 'joint' });
});

test('a softmax model has a scale, maybe folded, and a bias of 0', async () => {
  const nodes = [node('MatMul', ['texts', 'images'], 'cosines'), node('Mul', ['factor', 'cosines'], 'logits_per_image')];
  expect(await trace([tensor('factor', { float_data: [100] })], nodes)).toEqual({ logitScale: 100, logitBias: 0, source: 'joint' });
});

test('nothing is read outside the folder of the model, and nothing is guessed', async () => {
  const scale = tensor('onnx::Exp_1', { external_data: external('../model.onnx_data') });
  expect(await trace([scale, tensor('onnx::Add_2', { float_data: [-12] })], NODES)).toBeUndefined();
  expect(await trace([], NODES)).toBeUndefined();
});
