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
  return {
    async multiply(a, b) {
      if (a.rows === 0 || b.rows === 0) return new Float32Array(0);
      const { outputs } = await host.run(session, { a: toMessage(a), b: toMessage(b) }, ['product']);
      return new Float32Array((outputs.product as TensorMessage).data); // [a.rows, b.rows]
    },
    close: () => host.close(),
  };
}

/** A copy: the buffer is handed over to the thread. */
function toMessage({ values, rows, dimension }: Matrix): TensorMessage {
  return { type: 'float32', data: values.slice(0, rows * dimension).buffer, dims: [rows, dimension] };
}
