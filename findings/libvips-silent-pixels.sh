#!/bin/sh
# One expects a decoder that is told `failOn: 'error'` to refuse a file that is cut short, and to keep colours that the file states.
# sharp 0.35.5 (libvips 8.18) answers all of these without an error; the numbers are those seen here:
#  - a tiled TIFF that lacks its last tiles: the missing tiles are black (strips are refused)
#  - an uncompressed YCbCr TIFF of 1:1 chroma: Y, Cb and Cr come out as red, green and blue
#  - a transparent GIF pixel with alpha removed: black, where the palette says red, which is what Pillow gives
# It matters because each gives a confident wrong label, with no way to notice.
set -e
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null && npm install --silent sharp@0.35.5 >/dev/null
cat >check.mjs <<'J'
import sharp from 'sharp';

/** A little-endian TIFF; tags of 16-bit numbers, offsets and lengths of its parts added. */
function tiff(tags, parts, isTiled) {
  const all = { ...tags, [isTiled ? 324 : 273]: parts, [isTiled ? 325 : 279]: parts.map((part) => part.length) };
  const ids = Object.keys(all).map(Number).sort((a, b) => a - b);
  const values = ids.map((id) => [all[id]].flat());
  const size = (id) => ([273, 279, 324, 325].includes(id) ? 4 : 2);
  let end = 10 + ids.length * 12 + 4;
  const places = ids.map((id, i) => (values[i].length * size(id) > 4 ? (end += values[i].length * size(id)) - values[i].length * size(id) : 0));
  const bytes = Buffer.alloc(end);
  bytes.write('II*\0\x08\0\0\0', 'latin1');
  bytes.writeUInt16LE(ids.length, 8);
  let data = end;
  for (const [i, id] of ids.entries()) {
    const at = 10 + i * 12;
    bytes.writeUInt16LE(id, at);
    bytes.writeUInt16LE(size(id) === 4 ? 4 : 3, at + 2);
    bytes.writeUInt32LE(values[i].length, at + 4);
    if (places[i]) bytes.writeUInt32LE(places[i], at + 8);
    values[i].forEach((value, j) => {
      const number = Buffer.isBuffer(value) ? (data += value.length) - value.length : value;
      const place = (places[i] || at + 8) + j * size(id);
      if (size(id) === 4) bytes.writeUInt32LE(number, place);
      else bytes.writeUInt16LE(number, place);
    });
  }
  return Buffer.concat([bytes, ...parts]);
}

const pixels = async (bytes) => [...(await sharp(bytes, { failOn: 'error' }).toColourspace('srgb').removeAlpha().raw().toBuffer())];
const tile = Buffer.alloc(16 * 16, 200);
const tiled = tiff({ 256: 32, 257: 16, 258: 8, 259: 1, 262: 1, 277: 1, 322: 16, 323: 16 }, [tile, tile], true);
const gif = Buffer.from('47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b', 'hex');
const seen = {
  tileThatIsMissing: (await pixels(tiled.subarray(0, tiled.length - 256))).at(-1),
  greyAsYcbcr: await pixels(tiff({ 256: 1, 257: 1, 258: [8, 8, 8], 259: 1, 262: 6, 277: 3, 278: 1, 530: [1, 1] }, [Buffer.from([90, 128, 128])], false)),
  transparentRed: await pixels(gif),
};
console.log(JSON.stringify(seen));
const expected = { tileThatIsMissing: 0, greyAsYcbcr: [90, 128, 128], transparentRed: [0, 0, 0] };
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1);
J
node check.mjs
