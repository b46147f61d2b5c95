#!/usr/bin/env bash
# One would expect a float16 tensor to be fed to onnxruntime-node in the same way on every version of Node.
# Version: onnxruntime-node 1.30.0 on Node 22 and 24 (npm package "node").
# Seen: on Node 24, which has Float16Array, a tensor made of a Uint16Array is refused when it is fed; without that global it works.
#   Node 22: [15360,16384]
#   Node 24: not enough space: expected 4, got 0
#   Node 24 without Float16Array: [15360,16384]
# Why it matters: every fp16 export with float16 inputs breaks on an upgrade of Node. Outputs are not affected.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init -y >/dev/null; ONNXRUNTIME_NODE_INSTALL=skip npm install --silent onnxruntime-node@1.30.0 >/dev/null
cat > run.cjs <<'JS'
if (process.argv[2] === 'hide') delete globalThis.Float16Array;
const { InferenceSession, Tensor } = require('onnxruntime-node');
const identity = Buffer.from('CAg6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgKEgQKAggCYg8KAXkSCgoICAoSBAoCCAJCBAoAEBE=', 'base64'); // y = x, float16 [2]
(async () => {
  const session = await InferenceSession.create(identity);
  try {
    const { y } = await session.run({ x: new Tensor('float16', Uint16Array.of(0x3c00, 0x4000), [2]) });
    const data = await y.getData();
    console.log(JSON.stringify([...new Uint16Array(data.buffer, data.byteOffset, 2)]));
  } catch (error) { console.log(error.message.split('\n')[0]); }
})();
JS
old=$(npx -y node@22 run.cjs); new=$(npx -y node@24 run.cjs); hidden=$(npx -y node@24 run.cjs hide)
printf 'Node 22: %s\nNode 24: %s\nNode 24 without Float16Array: %s\n' "$old" "$new" "$hidden"
[ "$old" = "[15360,16384]" ] && [ "$new" = "not enough space: expected 4, got 0" ] && [ "$hidden" = "$old" ]
