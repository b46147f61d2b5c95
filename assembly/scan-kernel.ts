/**
 * The products of one query with rows of 8-bit numbers, in WebAssembly SIMD: compiled by scripts/build.mjs to
 * dist/store/rounded/scan-kernel.wasm, driven by src/store/rounded/rounded-rows.ts, which owns the memory.
 *
 * codes: [rows, stride] int8; query: [stride] int16; out: [rows] int32. stride is a multiple of 16. The caller keeps the sum of
 * |query| below 2^31 / 128, so that no sum overflows.
 */
export function scanRows(codes: usize, rows: i32, stride: i32, query: usize, out: usize): void {
  const end = query + (<usize>stride << 1);
  let code = codes;
  for (let row = 0; row < rows; row++) {
    let even = i32x4.splat(0);
    let odd = i32x4.splat(0);
    for (let at = query; at < end; at += 32) {
      const sixteen = v128.load(code);
      even = i32x4.add(even, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(sixteen), v128.load(at)));
      odd = i32x4.add(odd, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(sixteen), v128.load(at, 16)));
      code += 16;
    }
    const sum = i32x4.add(even, odd);
    store<i32>(
      out + (<usize>row << 2),
      i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3),
    );
  }
}
