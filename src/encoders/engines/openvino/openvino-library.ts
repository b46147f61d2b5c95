import { packageRequire } from '../../../files/package-root.js';

type Koffi = typeof import('koffi');
type Pointer = unknown;
/** Where a function of C leaves a value. */
type Out<T> = [T];

/** The functions of OpenVINO's C library that labelwise calls. Each but the last two returns 0, or the number of a fault. */
interface Functions {
  ov_get_openvino_version(version: object): number;
  ov_core_create(core: Out<Pointer>): number;
  ov_core_free(core: Pointer): void;
  ov_core_get_property(core: Pointer, device: string, key: string, value: Out<string | null>): number;
  ov_core_compile_model_from_file(
    core: Pointer,
    path: string,
    device: string,
    count: number,
    model: Out<Pointer>,
    ...properties: string[]
  ): number;
  ov_compiled_model_free(model: Pointer): void;
  ov_compiled_model_inputs_size(model: Pointer, size: Out<number>): number;
  ov_compiled_model_outputs_size(model: Pointer, size: Out<number>): number;
  ov_compiled_model_input_by_name(model: Pointer, name: string, port: Out<Pointer>): number;
  ov_compiled_model_input_by_index(model: Pointer, index: number, port: Out<Pointer>): number;
  ov_compiled_model_output_by_name(model: Pointer, name: string, port: Out<Pointer>): number;
  ov_compiled_model_output_by_index(model: Pointer, index: number, port: Out<Pointer>): number;
  ov_compiled_model_create_infer_request(model: Pointer, request: Out<Pointer>): number;
  ov_port_get_any_name(port: Pointer, name: Out<string | null>): number;
  ov_port_get_element_type(port: Pointer, type: Out<number>): number;
  ov_port_get_partial_shape(port: Pointer, shape: object): number;
  ov_output_const_port_free(port: Pointer): void;
  ov_infer_request_set_tensor(request: Pointer, name: string, tensor: Pointer): number;
  ov_infer_request_get_tensor(request: Pointer, name: string, tensor: Out<Pointer>): number;
  ov_infer_request_infer(request: Pointer): number;
  ov_infer_request_free(request: Pointer): void;
  ov_tensor_create_from_host_ptr(type: number, shape: object, data: ArrayBuffer, tensor: Out<Pointer>): number;
  ov_tensor_data(tensor: Pointer, data: Out<Pointer>): number;
  ov_tensor_get_byte_size(tensor: Pointer, size: Out<number>): number;
  ov_tensor_get_element_type(tensor: Pointer, type: Out<number>): number;
  ov_tensor_get_shape(tensor: Pointer, shape: object): number;
  ov_shape_free(shape: object): void;
  ov_tensor_free(tensor: Pointer): void;
  ov_get_last_err_msg(): string | null;
}

const PROTOTYPES: Readonly<Record<Exclude<keyof Functions, 'ov_core_compile_model_from_file'>, string>> = {
  ov_get_openvino_version: 'int ov_get_openvino_version(_Out_ ov_version_t* version)',
  ov_core_create: 'int ov_core_create(_Out_ void** core)',
  ov_core_free: 'void ov_core_free(void* core)',
  ov_core_get_property: 'int ov_core_get_property(void* core, const char* device, const char* key, _Out_ char** value)',
  ov_compiled_model_free: 'void ov_compiled_model_free(void* model)',
  ov_compiled_model_inputs_size: 'int ov_compiled_model_inputs_size(void* model, _Out_ size_t* size)',
  ov_compiled_model_outputs_size: 'int ov_compiled_model_outputs_size(void* model, _Out_ size_t* size)',
  ov_compiled_model_input_by_name: 'int ov_compiled_model_input_by_name(void* model, const char* name, _Out_ void** port)',
  ov_compiled_model_input_by_index: 'int ov_compiled_model_input_by_index(void* model, size_t index, _Out_ void** port)',
  ov_compiled_model_output_by_name: 'int ov_compiled_model_output_by_name(void* model, const char* name, _Out_ void** port)',
  ov_compiled_model_output_by_index: 'int ov_compiled_model_output_by_index(void* model, size_t index, _Out_ void** port)',
  ov_compiled_model_create_infer_request: 'int ov_compiled_model_create_infer_request(void* model, _Out_ void** request)',
  ov_port_get_any_name: 'int ov_port_get_any_name(void* port, _Out_ char** name)',
  ov_port_get_element_type: 'int ov_port_get_element_type(void* port, _Out_ int* type)',
  ov_port_get_partial_shape: 'int ov_port_get_partial_shape(void* port, _Out_ ov_partial_shape_t* shape)',
  ov_output_const_port_free: 'void ov_output_const_port_free(void* port)',
  ov_infer_request_set_tensor: 'int ov_infer_request_set_tensor(void* request, const char* name, void* tensor)',
  ov_infer_request_get_tensor: 'int ov_infer_request_get_tensor(void* request, const char* name, _Out_ void** tensor)',
  ov_infer_request_infer: 'int ov_infer_request_infer(void* request)',
  ov_infer_request_free: 'void ov_infer_request_free(void* request)',
  ov_tensor_create_from_host_ptr: 'int ov_tensor_create_from_host_ptr(int type, ov_shape_t shape, void* data, _Out_ void** tensor)',
  ov_tensor_data: 'int ov_tensor_data(void* tensor, _Out_ void** data)',
  ov_tensor_get_byte_size: 'int ov_tensor_get_byte_size(void* tensor, _Out_ size_t* size)',
  ov_tensor_get_element_type: 'int ov_tensor_get_element_type(void* tensor, _Out_ int* type)',
  ov_tensor_get_shape: 'int ov_tensor_get_shape(void* tensor, _Out_ ov_shape_t* shape)',
  ov_shape_free: 'void ov_shape_free(ov_shape_t* shape)',
  ov_tensor_free: 'void ov_tensor_free(void* tensor)',
  ov_get_last_err_msg: 'const char* ov_get_last_err_msg()',
};

/** OpenVINO's C library, opened through koffi. Only the process of the sessions does that. */
export class OpenVinoLibrary {
  readonly #koffi: Koffi;
  readonly functions: Functions;
  /** For example 2026.4.1. */
  readonly version: string;

  /** @throws Error from the system's loader, or about a function that the library lacks */
  constructor(path: string) {
    const koffi = packageRequire()('koffi') as Koffi;
    this.#koffi = koffi;
    koffi.struct('ov_version_t', { buildNumber: 'const char*', description: 'const char*' });
    koffi.struct('ov_shape_t', { rank: 'int64_t', dims: 'void*' });
    koffi.struct('ov_dimension_t', { min: 'int64_t', max: 'int64_t' });
    koffi.struct('ov_partial_shape_t', { rank: 'ov_dimension_t', dims: 'void*' });
    const library = koffi.load(path);
    const functions = Object.fromEntries(Object.entries(PROTOTYPES).map(([name, prototype]) => [name, library.func(prototype)]));
    const compile = library.func('ov_core_compile_model_from_file', 'int', [
      ...['void*', 'const char*', 'const char*', 'size_t'],
      koffi.out(koffi.pointer('void*')),
      '...',
    ]);
    this.functions = { ...functions, ov_core_compile_model_from_file: compile } as unknown as Functions;
    const version = { buildNumber: '' };
    this.check(this.functions.ov_get_openvino_version(version));
    this.version = /^\d+\.\d+(?:\.\d+)?/.exec(version.buildNumber)?.[0] ?? '';
  }

  /** @throws Error with what OpenVINO says of a fault */
  check(status: number): void {
    if (status !== 0) throw new Error(reasonIn(this.functions.ov_get_last_err_msg()) || `OpenVINO failed with status ${status}`);
  }

  /** What a function leaves behind a pointer. */
  take<T>(call: (out: Out<T>) => number): T {
    const out = [null] as unknown as Out<T>;
    this.check(call(out));
    return out[0];
  }

  /** Properties as a variadic function takes them. */
  properties(values: Readonly<Record<string, string>>): string[] {
    return Object.entries(values).flatMap(([key, value]) => ['const char*', key, 'const char*', value]);
  }

  /** Bytes of the library's memory, copied. */
  copyBytes(pointer: Pointer, length: number): ArrayBuffer {
    if (length === 0) return new ArrayBuffer(0);
    return (this.#koffi.decode(pointer, 'uint8_t', length) as Uint8Array<ArrayBuffer>).slice().buffer;
  }

  sizes(pointer: Pointer, count: number): number[] {
    if (count === 0) return [];
    return Array.from(this.#koffi.decode(pointer, 'int64_t', count) as ArrayLike<number | bigint>, Number);
  }
}

/** OpenVINO's message without the places in its source, on one line. */
function reasonIn(message: string | null): string {
  const lines = (message ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !/^(?:Exception from|Check ')/.test(line)).join(' ');
}
