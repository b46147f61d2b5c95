import { LabelwiseError } from '../../../errors.js';
import { knownNames } from '../../onnx/signature.js';
import type { EngineSession } from '../engine.js';
import type { Device, ModelSource, OpenVinoSettings, SessionSettings, TensorInfo, TensorMessage, TensorType } from '../protocol.js';
import { openCompiled } from './compiled-models.js';
import { OpenVinoLibrary } from './openvino-library.js';
import { requireVersion } from './openvino-version.js';

/** OpenVINO's numbers of element types. */
const TYPES: Readonly<Record<number, TensorType>> = { 1: 'bool', 3: 'float16', 4: 'float32', 9: 'int32', 10: 'int64' };
const NUMBERS = Object.fromEntries(Object.entries(TYPES).map(([number, type]) => [type, Number(number)])) as Record<TensorType, number>;
const NAMES: Partial<Record<Device, string>> = { cpu: 'CPU', 'intel-gpu': 'GPU', 'intel-npu': 'NPU' };

let opened: { readonly library: OpenVinoLibrary; readonly core: unknown } | undefined;

/**
 * Opens a graph with OpenVINO.
 *
 * @throws LabelwiseError `ENGINE_UNAVAILABLE` or `DEVICE_UNAVAILABLE`; Error with what OpenVINO says
 */
export async function openOpenVino(model: ModelSource, settings: SessionSettings, own: OpenVinoSettings): Promise<EngineSession> {
  const { library, core } = openLibrary(own.library);
  const device = settings.device === 'auto' ? 'cpu' : settings.device;
  const name = NAMES[device] as string;
  refuseMissing(device, { library, core, precision: own.precision });
  const properties = propertiesOf(name, settings, own);
  const compiled = await openCompiled(model, own, (path, folder) =>
    library.take<unknown>((out) => {
      const given = library.properties({ ...properties, CACHE_DIR: folder });
      return library.functions.ov_core_compile_model_from_file(core, path, name, given.length / 2, out, ...given);
    }),
  );
  return toSession(library, compiled, {
    engine: `OpenVINO ${library.version}`,
    device,
    reasons: [settings.device === 'auto' ? 'OpenVINO is installed' : `${device} was asked for`],
  });
}

function openLibrary(path: string): NonNullable<typeof opened> {
  if (opened) return opened;
  const library = new OpenVinoLibrary(path);
  requireVersion(library.version, path);
  opened = { library, core: library.take<unknown>((out) => library.functions.ov_core_create(out)) };
  return opened;
}

/** Says that this machine lacks a device, or its processor a number format: OpenVINO would take another in silence. */
function refuseMissing(
  device: Device,
  { library, core, precision }: NonNullable<typeof opened> & Pick<OpenVinoSettings, 'precision'>,
): void {
  const name = NAMES[device] as string;
  const read = (property: string): string =>
    library.take<string | null>((out) => library.functions.ov_core_get_property(core, name, property, out)) ?? '';
  let capabilities: string;
  try {
    capabilities = read('OPTIMIZATION_CAPABILITIES');
    // The plugin of NPUs has capabilities also where there is no NPU; the processor is always there, and has no list.
    if (name !== 'CPU' && read('AVAILABLE_DEVICES').trim() === '') throw new Error(`OpenVINO lists no ${name}`);
  } catch (cause) {
    throw new LabelwiseError('DEVICE_UNAVAILABLE', `The device ${device} cannot be used: OpenVINO does not find it.`, {
      hint: 'Set `device` to auto or cpu; docs/guides/gpu.md says what Intel devices need.',
      cause,
    });
  }
  if (precision === 'bf16' && !capabilities.split(/\s+/).includes('BF16'))
    throw new LabelwiseError('ENGINE_UNAVAILABLE', `The device ${device} does not compute in bfloat16: it has ${capabilities.trim()}.`, {
      hint: 'Leave `precision` out.',
    });
}

function propertiesOf(device: string, { threads }: SessionSettings, { precision }: OpenVinoSettings): Record<string, string> {
  const common = {
    INFERENCE_PRECISION_HINT: precision === 'bf16' ? 'bf16' : 'f32', // processors with bfloat16 take that unless they are told
    NUM_STREAMS: '1',
  };
  if (device !== 'CPU') return common;
  return {
    ...common,
    INFERENCE_NUM_THREADS: String(threads),
    ENABLE_CPU_PINNING: 'NO', // decoders share the cores
    DYNAMIC_QUANTIZATION_GROUP_SIZE: precision === 'int8' ? '128' : '0',
  };
}

function toSession(library: OpenVinoLibrary, compiled: unknown, device: EngineSession['device']): EngineSession {
  const { functions } = library;
  const request = library.take<unknown>((out) => functions.ov_compiled_model_create_infer_request(compiled, out));
  const known = knownNames();
  const inputs = describe(library, {
    count: library.take<number>((out) => functions.ov_compiled_model_inputs_size(compiled, out)),
    portAt: (index, out) => functions.ov_compiled_model_input_by_index(compiled, index, out),
    portOf: (name, out) => functions.ov_compiled_model_input_by_name(compiled, name, out),
    names: known.inputs,
  });
  const outputs = describe(library, {
    count: library.take<number>((out) => functions.ov_compiled_model_outputs_size(compiled, out)),
    portAt: (index, out) => functions.ov_compiled_model_output_by_index(compiled, index, out),
    portOf: (name, out) => functions.ov_compiled_model_output_by_name(compiled, name, out),
    names: known.outputs,
  });
  return {
    inputs,
    outputs,
    device,
    async run(feeds, names) {
      const tensors = Object.entries(feeds).map(([name, feed]) => setInput(library, request, { name, feed }));
      try {
        library.check(functions.ov_infer_request_infer(request));
        return Object.fromEntries(names.map((name) => [name, readOutput(library, request, name)]));
      } finally {
        for (const tensor of tensors) functions.ov_tensor_free(tensor);
      }
    },
    async release() {
      functions.ov_infer_request_free(request);
      functions.ov_compiled_model_free(compiled);
    },
  };
}

interface Ports {
  readonly count: number;
  readonly portAt: (index: number, out: [unknown]) => number;
  readonly portOf: (name: string, out: [unknown]) => number;
  /** Names that the ports may have. */
  readonly names: readonly string[];
}

/** A port has the names of all tensors that OpenVINO found to be the same, and says any of them (findings/openvino-port-names.sh): those that labelwise knows come first. */
function describe(library: OpenVinoLibrary, { count, portAt, portOf, names }: Ports): TensorInfo[] {
  const found = names.flatMap((name) => {
    const out: [unknown] = [null];
    return portOf(name, out) === 0 ? [describePort(library, out[0], name)] : [];
  });
  if (found.length === Number(count)) return found;
  return Array.from({ length: Number(count) }, (_, index) =>
    describePort(
      library,
      library.take<unknown>((out) => portAt(index, out)),
    ),
  );
}

function describePort(library: OpenVinoLibrary, port: unknown, known?: string): TensorInfo {
  const { functions } = library;
  const shape = { rank: { min: 0, max: 0 }, dims: null as unknown };
  const name = known ?? library.take<string | null>((out) => functions.ov_port_get_any_name(port, out));
  const type = library.take<number>((out) => functions.ov_port_get_element_type(port, out));
  library.check(functions.ov_port_get_partial_shape(port, shape));
  const bounds = library.sizes(shape.dims, 2 * Number(shape.rank.max));
  functions.ov_output_const_port_free(port);
  const sizes = bounds.filter((_, i) => i % 2 === 0).map((least, i) => (least === bounds[2 * i + 1] ? least : `size ${i}`));
  return { name: name ?? '', type: TYPES[type] ?? 'other', shape: sizes };
}

/** The tensor uses the feed's own memory, which the caller keeps until the run is over. */
function setInput(
  library: OpenVinoLibrary,
  request: unknown,
  { name, feed }: { readonly name: string; readonly feed: TensorMessage },
): unknown {
  const shape = { rank: feed.dims.length, dims: BigInt64Array.from(feed.dims, BigInt) };
  const tensor = library.take<unknown>((out) =>
    library.functions.ov_tensor_create_from_host_ptr(NUMBERS[feed.type], shape, feed.data, out),
  );
  library.check(library.functions.ov_infer_request_set_tensor(request, name, tensor));
  return tensor;
}

function readOutput(library: OpenVinoLibrary, request: unknown, name: string): TensorMessage {
  const { functions } = library;
  const tensor = library.take<unknown>((out) => functions.ov_infer_request_get_tensor(request, name, out));
  const shape = { rank: 0, dims: null as unknown };
  try {
    library.check(functions.ov_tensor_get_shape(tensor, shape));
    const type = TYPES[library.take<number>((out) => functions.ov_tensor_get_element_type(tensor, out))];
    if (type === undefined) throw new Error(`the output ${name} has an element type that labelwise does not know`);
    const data = library.take<unknown>((out) => functions.ov_tensor_data(tensor, out));
    const size = library.take<number>((out) => functions.ov_tensor_get_byte_size(tensor, out));
    return { type, dims: library.sizes(shape.dims, Number(shape.rank)), data: library.copyBytes(data, Number(size)) };
  } finally {
    functions.ov_tensor_free(tensor);
  }
}
