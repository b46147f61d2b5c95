import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Form, type FormFile, readForm } from './read-form.js';

/** What the platform writes for a form, and its type. */
async function write(entries: readonly (readonly [string, string | File])[]): Promise<[Buffer, string]> {
  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value as string);
  const response = new Response(form);
  return [Buffer.from(await response.arrayBuffer()), response.headers.get('content-type') ?? ''];
}

const listOf = (form: Form, field: string): (string | FormFile)[] => [form[field] ?? []].flat();
/** Line ends are what the platform itself changes when it writes a form. */
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((text) => !/[\r\n]/.test(text));
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !/[\r\n]/.test(value));
const file = fc
  .tuple(name, fc.uint8Array({ maxLength: 60 }))
  .map(([fileName, bytes]) => new File([bytes as Uint8Array<ArrayBuffer>], fileName));

test('whatever the platform writes is read as it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(name, fc.oneof(text, file)), { minLength: 1, maxLength: 6 }), async (entries) => {
      const form = readForm(...(await write(entries)));
      for (const [field] of entries) {
        const expected = entries.filter(([other]) => other === field).map(([, value]) => value);
        const found = listOf(form, field);
        expect(found).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) {
          if (typeof value === 'string') expect(found[i]).toBe(value);
          else
            expect({ ...(found[i] as FormFile), bytes: Buffer.from((found[i] as FormFile).bytes) }).toEqual({
              name: value.name,
              bytes: Buffer.from(await value.arrayBuffer()),
            });
        }
      }
    }),
    { numRuns: 300 },
  );
});

const TYPE = 'multipart/form-data; boundary=b';
const read = (body: string, type = TYPE): Form => readForm(Buffer.from(body, 'latin1'), type);

test('preamble, epilogue, other heads and bytes that look like delimiters do not confuse it', () => {
  const head = 'content-disposition: form-data; name=a; filename="x"\r\nContent-Type: image/png';
  const form = read(`before\r\n--b\r\n${head}\r\n\r\n\r\n-b\r\n--\r\n--b--\r\nafter`);
  expect(form).toEqual({ a: { name: 'x', bytes: Buffer.from('\r\n-b\r\n--') } });
});

test('names may hold what regular expressions take for a line end', async () => {
  const named = 'a\u2028b\u2029c';
  expect(readForm(...(await write([[named, new File(['x'], named)]])))).toEqual({ [named]: { name: named, bytes: Buffer.from('x') } });
});

test('fields with names of objects are fields and nothing else', () => {
  const form = read('--b\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\nx\r\n--b--');
  expect(Object.getOwnPropertyNames(form)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

const part = 'Content-Disposition: form-data; name="a"';
test.each([
  ['no boundary', '--b--', 'multipart/form-data', /no boundary/],
  ['a long boundary', '--b--', `multipart/form-data; boundary=${'b'.repeat(71)}`, /no boundary/],
  ['nothing', '', TYPE, /no parts/],
  ['another boundary', '--c--', TYPE, /no parts/],
  ['no end', `--b\r\n${part}\r\n\r\nx`, TYPE, /cut short/],
  ['a delimiter within a line', `--bx\r\n${part}\r\n\r\nx\r\n--b--`, TYPE, /followed by/],
  ['no head', `--b\r\n${part}\r\n--b--`, TYPE, /no head/],
  ['no name', '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--', TYPE, /no name/],
  ['base64', `--b\r\n${part}\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--`, TYPE, /Transfer-Encoding/],
  ['too many parts', `--b\r\n${`${part}\r\n\r\nx\r\n--b\r\n`.repeat(1001)}`, TYPE, /more than 1000/],
])('%s is refused', (_, body, type, why) => {
  expect(() => read(body, type)).toThrow(why);
});
