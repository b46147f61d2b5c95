import type { Matrix, MatrixProduct } from '../../core/matrix-product.js';
import { FLOAT_FORMAT } from '../../graphs/formats/float-format.js';
import { GraphBuilder } from '../../graphs/graph-builder.js';
import type { ModelSource, TensorMessage } from '../engines/protocol.js';
import { SessionHost } from '../engines/session-host.js';
import { chooseThreads } from './available-threads.js';

/** Matrix products by ONNX Runtime, in their own thread. */
export interface OpenedMatrixProduct {
  readonly multiply: MatrixProduct;
  close(): Promise<void>;
}

/** A graph of one Gemm. */
export function matrixProductModel(): ModelSource {
  const graph = new GraphBuilder('matrix-product', new Map(), FLOAT_FORMAT);
  const rows = [graph.input('a', 'float32', ['rows', 'dimension']), graph.input('b', 'float32', ['columns', 'dimension'])];
  graph.output(graph.node('Gemm', rows, { transB: 1 }), 'product', ['rows', 'columns']);
  return { graph: graph.finish(), dataFolder: '.', dataFiles: [] };
}

/** Opens a session of one Gemm on the CPU: 20 times as fast as the core's plain product for 50,000 images x 1,000 labels. */
export async function openMatrixProduct(options: { threads?: number | undefined } = {}): Promise<OpenedMatrixProduct> {
  const settings = { device: 'cpu', threads: chooseThreads(options.threads), isSpinning: false } as const; // while it waits, the main thread has work
  const host = SessionHost.start();
  const { session } = await host.open(matrixProductModel(), 'the matrix product', settings);
  let kept: { readonly matrix: Matrix; readonly buffer: ArrayBuffer } | undefined; // of the last `b`, which is often the next one too
  let spare: ArrayBuffer | undefined; // of the last `a`
  return {
    async multiply(a, b, product) {
      if (a.rows === 0 || b.rows === 0) return new Float32Array(0);
      const feeds = { a: toMessage(a, spare), b: kept?.matrix === b ? withData(b, kept.buffer) : toMessage(b) };
      [kept, spare] = [undefined, undefined]; // both are handed over to the thread
      const size = a.rows * b.rows * 4;
      const data = product?.buffer.byteLength === size ? (product.buffer as ArrayBuffer) : new ArrayBuffer(size);
      const into = { product: { type: 'float32', data, dims: [a.rows, b.rows] } } as const;
      const { outputs, spent } = await host.run(session, feeds, ['product'], into);
      if (spent.b) kept = { matrix: b, buffer: spent.b };
      spare = spent.a;
      return new Float32Array((outputs.product as TensorMessage).data); // [a.rows, b.rows]
    },
    close: () => host.close(),
  };
}

/** A copy, in a buffer that is free where it has the size. */
function toMessage(matrix: Matrix, spare?: ArrayBuffer): TensorMessage {
  const values = matrix.values.subarray(0, matrix.rows * matrix.dimension);
  if (spare?.byteLength !== values.byteLength) return withData(matrix, values.slice().buffer);
  new Float32Array(spare).set(values);
  return withData(matrix, spare);
}

const withData = ({ rows, dimension }: Matrix, data: ArrayBuffer): TensorMessage => ({ type: 'float32', data, dims: [rows, dimension] });
