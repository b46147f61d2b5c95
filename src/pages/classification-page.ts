import { NONE, type NoneAnswer } from '../core/decisions/none-of-these.js';
import { describeHeat, HEAT_CELLS } from '../core/decisions/occlusion.js';
import type { ImageSource } from '../core/ports.js';
import type { Prediction } from '../core/zero-shot-classifier.js';
import { showInput } from '../files/show-path.js';
import { describeAnswer, type Explanation } from '../tasks/explain-answers.js';
import type { OpenedZeroShot } from '../tasks/open-zero-shot.js';
import { describeError, type ErrorRow } from './error-row.js';
import { breakable, escapeHtml } from './escape-html.js';
import type { HtmlFile } from './html-file.js';
import { htmlHead } from './html-head.js';
import { toDataUrl } from './picture-url.js';

/** One image with its ranking. */
export interface ClassifiedRow {
  readonly path: string;
  /** Where the picture is: not printed. */
  readonly source: ImageSource;
  readonly predictions: readonly Prediction[];
  readonly none?: NoneAnswer;
  readonly levels?: readonly string[];
  readonly explanation?: Explanation | undefined;
}

/** A page with each picture and its ranking, written as the images come. It opens without a network. */
export interface ClassificationPage {
  add(row: ClassifiedRow | ErrorRow): Promise<void>;
  end(): Promise<void>;
}

export async function createClassificationPage(file: HtmlFile, opened: OpenedZeroShot): Promise<ClassificationPage> {
  const { encoder, zeroShot } = opened;
  const { labelSet, templates, prompts } = zeroShot.classEmbeddings;
  await file.write(HEAD);
  await file.write(
    `<header><h1>What the pictures show</h1><p>${labelSet.labels.length} labels ranked by <strong>${escapeHtml(encoder.info.name)}</strong> with ${
      templates.length === 1 ? `prompts such as “${escapeHtml(prompts[0]?.[0] ?? '')}”` : `${templates.length} prompts a label`
    }.</p></header><main>`,
  );
  return {
    async add(row) {
      await file.write(
        'error' in row
          ? `<article><h2>${escapeHtml(showInput(row.path))}</h2><p class="error">${escapeHtml(describeError(row))}</p></article>`
          : await toArticle(row, opened),
      );
    },
    async end() {
      await file.write(
        `</main><footer>Made by labelwise. Similarity is the cosine of image and label; a probability compares all labels of this list, so it says nothing about what is not on it.</footer></body></html>\n`,
      );
      await file.end();
    },
  };
}

function probabilityCells({ label, probability }: Pick<Prediction, 'label' | 'probability'>): string {
  if (Number.isNaN(probability)) return '<td></td><td>unknown</td>';
  return `<td class="bar"><meter min="0" max="1" value="${probability}" aria-label="probability of ${escapeHtml(label)}"></meter></td><td>${(probability * 100).toFixed(1)} %</td>`;
}

/** Pages have several: each switch belongs to one picture. */
let switches = 0;

async function toArticle(row: ClassifiedRow, opened: OpenedZeroShot): Promise<string> {
  const rows = row.predictions
    .map(
      (p) =>
        `<tr><th scope="row">${escapeHtml(p.label)}</th>${probabilityCells(p)}<td>${p.similarity.toFixed(3)}</td><td>${p.distance.toFixed(3)}</td></tr>`,
    )
    .join('');
  const best = row.none?.isNone ? NONE : (row.predictions[0]?.label ?? '');
  const none = row.none && `<tr><th scope="row">${NONE}</th>${probabilityCells({ label: NONE, ...row.none })}<td></td><td></td></tr>`;
  const levels = row.levels && !row.none?.isNone ? `<p>${escapeHtml(row.levels.join(' > '))}</p>` : '';
  const body = row.none?.isNone ? `${none}${rows}` : `${rows}${none ?? ''}`;
  const picture = `<img alt="${escapeHtml(`${showInput(row.path)}: ${best}`)}" src="${await toDataUrl(row.source, opened.encoder.limits)}">`;
  return `<article>${withHeat(picture, row.explanation)}<div><h2>${breakable(showInput(row.path))}</h2>${levels}<table><thead><tr><th scope="col">label</th><td></td><th scope="col">probability</th><th scope="col">similarity</th><th scope="col">distance</th></tr></thead><tbody>${body}</tbody></table>${toReasons(row.explanation)}</div></article>\n`;
}

/** The picture with a heat map over it that a checkbox switches; no script is needed. */
function withHeat(picture: string, explanation: Explanation | undefined): string {
  if (!explanation?.heatMap) return picture;
  const { heatMap, label } = explanation;
  const id = `heat-${++switches}`;
  const cells = heatMap.cells.map((heat, i) =>
    heat === 0
      ? ''
      : `<rect x="${i % HEAT_CELLS}" y="${Math.floor(i / HEAT_CELLS)}" width="1" height="1" opacity="${(0.7 * heat).toFixed(2)}"/>`,
  );
  const words = escapeHtml(`Heat map: “${label}” depends most on: ${describeHeat(heatMap)}`);
  const overlay = `<svg viewBox="0 0 ${HEAT_CELLS} ${HEAT_CELLS}" preserveAspectRatio="none" role="img" aria-label="${words}">${cells.join('')}</svg>`;
  return `<div class="heat"><input type="checkbox" id="${id}" checked><label for="${id}">show what speaks for “${escapeHtml(label)}”</label><div class="over">${picture}${overlay}</div></div>`;
}

const toReasons = (explanation: Explanation | undefined): string =>
  explanation
    ? `<ul class="why" aria-label="why">${describeAnswer(explanation)
        .lines.map((line) => `<li>${escapeHtml(line)}</li>`)
        .join('')}</ul>`
    : '';

const HEAD =
  htmlHead(`article{display:grid;grid-template-columns:minmax(0,20rem) minmax(0,1fr);gap:1.5rem;padding:1.25rem 0;border-top:1px solid var(--line);break-inside:avoid}
img{width:100%;border-radius:.5rem;image-rendering:auto}table{border-collapse:collapse;width:100%;table-layout:fixed;font-variant-numeric:tabular-nums}
thead th:first-child{width:32%}thead td{width:30%}
th,td{text-align:right;padding:.2rem .5rem;font-weight:400}tbody th,thead th:first-child{text-align:left}tbody tr:first-child{font-weight:700}tbody tr:first-child th{font-weight:700}
.heat label{font-size:.85rem}.over{position:relative}.over img{display:block}
.over svg{position:absolute;inset:0;width:100%;height:100%;border-radius:.5rem;fill:light-dark(#d00000,#ff5040);pointer-events:none}.heat input:not(:checked)~.over svg{visibility:hidden}
.why{margin:.75rem 0 0;padding-left:1.1rem;font-size:.85rem;color:var(--soft)}
thead{color:var(--soft);font-size:.85rem}tbody th{overflow-wrap:break-word}meter{width:100%;min-width:3rem;vertical-align:middle}
@media(max-width:40rem){article{grid-template-columns:1fr}}
@media(max-width:30rem){tr>:nth-child(n+4){display:none}thead td{width:40%}th,td{padding:.2rem .3rem}}`);
