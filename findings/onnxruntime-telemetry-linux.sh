#!/usr/bin/env bash
# Does running a model with onnxruntime-node leave anything behind on Linux? onnxruntime-node 1.30.0, Node 20.
#
# One would expect: no. ONNX Runtime's Privacy.md long said that telemetry "is only implemented for Windows builds", and the README and the types
# of the Node package do not mention it.
#
# Seen: creating any session makes ~/.cache/Microsoft/DeveloperTools/.onnxruntime with "deviceid" (a random UUID) and "onnxruntime.db" (SQLite,
# events that wait for upload; the library names https://mobile.events.data.microsoft.com). With ORT_DISABLE_TELEMETRY=1 in the environment
# nothing is written. The Node package offers no other switch: env.* has none, and a variable set in a worker's process.env comes too late,
# because a worker thread changes only its copy of the environment.
# The builds for Linux have it since 1.29. They also leave it off where the variable CI is set, so tests do not see it.
#
# Why it matters: programs that promise to work offline and to keep photos at home also report which models they run; and opening the database
# takes part of the start of a short program.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0 >/dev/null
cat >run.cjs <<'JS'
const { InferenceSession } = require('onnxruntime-node');
// An ONNX model of one node, Identity from "x" to "y", both float32 [1].
const model = Uint8Array.from(Buffer.from('CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCBAoAEA0=', 'base64'));
InferenceSession.create(model).then((session) => session.release());
JS
run() { mkdir "$1" && env -u CI -u XDG_CACHE_HOME HOME="$work/$1" node run.cjs; (cd "$1" && find . -type f | sort); }
left=$(run plain)
echo "left in the home: ${left:-nothing}"
off=$(ORT_DISABLE_TELEMETRY=1 run off)
echo "with ORT_DISABLE_TELEMETRY=1: ${off:-nothing}"
[ "$(uname -s)" = Linux ] || { echo "only Linux was looked at"; exit 0; }
[[ "$left" == *Microsoft*deviceid* && "$left" == *Microsoft*onnxruntime.db* && -z "$off" ]]
