// Draws the pictograms that models/build/pictograms.json names, each as OUT/STYLE/NAME.png of 224 x 224 on nothing, for build_pocket.py.
//
//   npm install @iconify-json/noto @iconify-json/fluent-emoji @iconify-json/twemoji @lobehub/fluent-emoji-3d
//   node models/build/render_pictograms.mjs node_modules /usr/share/tuxpaint/stamps OUT
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const [modules, stamps, out] = process.argv.slice(2);
const SIDE = 224;
const nothing = { r: 0, g: 0, b: 0, alpha: 0 };
const names = JSON.parse(readFileSync(new URL('pictograms.json', import.meta.url), 'utf8'));

async function draw(picture, style, name, density) {
  mkdirSync(join(out, style), { recursive: true });
  await sharp(picture, density === undefined ? {} : { density })
    .resize(SIDE, SIDE, { fit: 'contain', background: nothing })
    .ensureAlpha()
    .png()
    .toFile(join(out, style, `${name}.png`));
}

for (const style of ['noto', 'fluent-emoji', 'twemoji']) {
  const set = JSON.parse(readFileSync(join(modules, '@iconify-json', style, 'icons.json'), 'utf8'));
  for (const name of Object.keys(names.emoji)) {
    const icon = set.icons[name] ?? set.icons[set.aliases?.[name]?.parent];
    if (icon === undefined) continue;
    const [width, height] = [icon.width ?? set.width ?? 16, icon.height ?? set.height ?? 16];
    const box = `${icon.left ?? 0} ${icon.top ?? 0} ${width} ${height}`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="${box}">${icon.body}</svg>`;
    await draw(Buffer.from(svg), style, name, (72 * SIDE) / Math.max(width, height));
  }
}
for (const [name, [, , code]] of Object.entries(names.emoji)) {
  const forms = [code, code.replace(/-fe0f$/, ''), code.replaceAll('-fe0f', ''), `${code}-fe0f`];
  const file = forms.map((form) => join(modules, '@lobehub/fluent-emoji-3d/assets', `${form}.webp`)).find(existsSync);
  if (file !== undefined) await draw(file, '3d', name);
}
for (const path of Object.keys(names.stamps))
  await draw(join(stamps, path), 'stamps', path.replaceAll('/', '-').replace(/\.[a-z]+$/, ''), path.endsWith('.svg') ? 150 : undefined);
