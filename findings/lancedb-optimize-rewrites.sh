#!/usr/bin/env bash
# What does optimize() write? @lancedb/lancedb 0.31.0, apache-arrow 18.1.0, Node 20.
#
# One would expect: optimize() joins the small fragments that commits left, and leaves the large one that it made the last time as it is.
#
# Seen: it writes the large fragment again with the small ones, every time, until it has 1,048,576 rows. After 10 commits of 100 rows to a table of 50,000 rows, one
# optimize() writes 51,000 rows. Node has no option for the size of fragments.
#
# Why it matters: "optimize every n commits" writes a growing table again and again: at a million rows of 2 kB, 2 GB each time. Optimise when what was added is a
# fixed part of the table, such as a fourth.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional apache-arrow@18.1.0 @lancedb/lancedb@0.31.0 "@lancedb/lancedb-$(node -p 'process.platform + "-" + process.arch + (process.platform === "linux" ? "-gnu" : "")')@0.31.0" >/dev/null
cat >run.cjs <<'JS'
const lancedb = require('@lancedb/lancedb');
const { readdirSync, statSync } = require('node:fs');
let bad = 0;
const see = (what, got, isExpected) => { bad += isExpected ? 0 : 1; console.log(`${isExpected ? 'as described' : 'CHANGED'}: ${what}: ${got}`); };
const rows = (count) => Array.from({ length: count }, () => ({ x: Math.random(), y: Math.random() }));
const files = () => new Map(readdirSync('db/t.lance/data').map((name) => [name, statSync(`db/t.lance/data/${name}`).size]));
const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
(async () => {
  const table = await (await lancedb.connect('./db')).createTable('t', rows(50_000));
  await table.optimize();
  for (const round of [1, 2]) {
    for (let i = 0; i < 10; i++) await table.add(rows(100));
    const before = files();
    await table.optimize();
    const written = sum([...files()].filter(([name]) => !before.has(name)).map(([, size]) => size));
    const { numFragments, lengths } = (await table.stats()).fragmentStats;
    const all = await table.countRows();
    see(`round ${round}: fragments, and rows of the largest, of ${all}`, `${numFragments}, ${lengths.max}`, numFragments === 1 && lengths.max === all);
    see(`round ${round}: bytes written for 1,000 new rows of 16 bytes`, written, written > 16 * 50_000 * 0.9);
  }
  process.exit(bad === 0 ? 0 : 1);
})();
JS
LANCEDB_LOG=error node run.cjs
