#!/usr/bin/env bash
# Is LanceDB's createTable exclusive? @lancedb/lancedb 0.31.0, apache-arrow 18.1.0, Node 20.
#
# One would expect: of several callers that create a table of one name at once with mode "create", one succeeds and the others hear that it exists.
#
# Seen:
#   1. Of eight at once, several succeed, each with its own row, and the table has one row: that of the last. The others' rows are gone without an error.
#   2. update({ where }) is exclusive: of eight handles that change a row at once from the value that all of them saw, exactly one gets
#      rowsUpdated 1, and seven get 0. After a conflict LanceDB looks at the row again. So this is compare-and-swap.
#
# Why it matters: a lock, or the first table of a database, that is "created by whoever is first" has several owners. Create tables without rows, insert
# under a marked key, and take locks with update.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund --omit=optional apache-arrow@18.1.0 @lancedb/lancedb@0.31.0 "@lancedb/lancedb-$(node -p 'process.platform + "-" + process.arch + (process.platform === "linux" ? "-gnu" : "")')@0.31.0" >/dev/null
cat >run.cjs <<'JS'
const lancedb = require('@lancedb/lancedb');
const EIGHT = Array.from({ length: 8 }, (_, i) => i);
let bad = 0;
const see = (what, got, isExpected) => { bad += isExpected ? 0 : 1; console.log(`${isExpected ? 'as described' : 'CHANGED'}: ${what}: ${got}`); };
(async () => {
  const db = await lancedb.connect('./db');
  let most = 0;
  let fewest = 8;
  for (let round = 0; round < 10; round++) {
    const made = await Promise.allSettled(EIGHT.map((i) => db.createTable(`t${round}`, [{ owner: i }], { mode: 'create' })));
    most = Math.max(most, made.filter(({ status }) => status === 'fulfilled').length);
    fewest = Math.min(fewest, await (await db.openTable(`t${round}`)).countRows());
  }
  see('creations that succeeded in one race, at most', most, most > 1);
  see('rows in the table', fewest, fewest === 1);
  const table = await db.createTable('turns', [{ turn: 0 }]);
  const won = [];
  for (let turn = 0; turn < 5; turn++) {
    const handles = await Promise.all(EIGHT.map(() => db.openTable('turns')));
    const swaps = await Promise.all(handles.map((handle) => handle.update({ where: `turn = ${turn}`, values: { turn: turn + 1 } })));
    won.push(swaps.filter(({ rowsUpdated }) => rowsUpdated > 0).length);
  }
  see('updates that won, of eight', won.join(), won.every((count) => count === 1));
  process.exit(bad === 0 ? 0 : 1);
})();
JS
LANCEDB_LOG=error node run.cjs
