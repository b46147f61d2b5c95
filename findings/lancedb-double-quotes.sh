#!/usr/bin/env bash
# @lancedb/lancedb 0.31.0: in a filter, double quotes make a text, not a column name.
#
# One would expect "width" > 1000 to compare the column, as in standard SQL, in DuckDB and in DataFusion, on which LanceDB is built, or to fail.
# Seen: it compares the text 'width'. Of a PNG and a JPEG, "format" = 'png' matches neither and "format" <> 'png' both, without an error.
# `format` in backticks, or without quotes, is the column.
# Why it matters: a filter written with quoted names leaves out everything or nothing. A delete with "format" <> 'png' empties the table.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @lancedb/lancedb@0.31.0 apache-arrow@18.1.0 >/dev/null
cat >run.mjs <<'JS'
import * as lancedb from '@lancedb/lancedb';
const rows = [{ width: 100, format: 'png' }, { width: 2000, format: 'jpeg' }];
const table = await (await lancedb.connect('./table')).createTable('t', rows);
const expected = {
  "format = 'png'": 1,
  "`format` = 'png'": 1,
  '`format` = "png"': 1,
  "\"format\" = 'png'": 0,
  "\"format\" <> 'png'": 2,
  "\"format\" = 'format'": 2,
  '"width" IS NULL': 0,
};
const counts = {};
for (const filter of Object.keys(expected)) counts[filter] = await table.countRows(filter);
for (const [filter, count] of Object.entries(counts)) console.log(`${filter}: ${count} of 2 rows`);
await table.delete("\"format\" <> 'png'");
const left = await table.countRows();
console.log(`rows after a delete where "format" <> 'png': ${left}`);
const isAsSeen = left === 0 && JSON.stringify(counts) === JSON.stringify(expected);
if (!isAsSeen) console.log('This has changed.');
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
