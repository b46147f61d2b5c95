/** What scripts/bundle-cli.mjs makes dist/bin/lancedb.cjs of: LanceDB with the Arrow that it takes tables of. */
exports.arrow = require('apache-arrow');
exports.lancedb = require('@lancedb/lancedb');
