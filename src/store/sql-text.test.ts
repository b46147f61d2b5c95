import fc from 'fast-check';
import { expect, test } from 'vitest';
import { refuseLooseCondition } from './sql-text.js';
import { toSqlText } from './to-sql-text.js';

const isRefused = (sql: string): boolean => {
  try {
    refuseLooseCondition(sql);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    return true;
  }
};

test.each([
  '1=1) OR (1=1',
  ')(',
  '(width > 3',
  "camera = 'x",
  'camera = "x',
  'camera = `x',
  '1=1 -- the rest is gone',
  '1=1 /* the rest is gone',
  '1=1 # the rest is gone',
  '1=1; DROP TABLE images',
  "E'\\') OR (1=1' = 'a'",
  "camera = $$'$$) OR (1=1",
  '  ',
  '"width" > 1000',
  `camera = 'x' AND NOT("Format"= 'png')`,
])('%j is not one condition by itself', (sql) => {
  expect(isRefused(sql)).toBe(true);
});

test.each([
  "camera = 'it''s ) -- # ; fine'",
  '"co)l" = 1 OR `co(l` = 2',
  "date'2024-06-01' < taken_at",
  "camera IN('a', 'b') AND (width > 3 OR (height > 3))",
  "path LIKE '%\\' OR width > 3",
  "camera='a'OR camera='b'",
  'camera = "NIKON D90" AND `width` > 3',
  `camera = '"width"'`,
])('%j is one', (sql) => {
  expect(isRefused(sql)).toBe(false);
});

test('whatever stands in a quoted text, it stays a text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(isRefused(`(camera = ${toSqlText(text)})`)).toBe(false);
      expect(isRefused(`camera = ${toSqlText(text)})`)).toBe(true);
    }),
  );
});
