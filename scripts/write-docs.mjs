/** Writes the reference pages that the code knows best, and the tutorial's code, or with --check says which are out of date. Also checks links between documents. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT_CODES } from '../dist/cli/exit-codes.js';
import { createProgram } from '../dist/cli/program.js';
import { ERROR_CATALOGUE } from '../dist/errors.js';
import { resultsJsonSchema } from '../dist/eval/results/results-schema.js';
import { apiPages } from './api-pages.mjs';
import { clientTypes, openApiDocument } from './client-types.mjs';
import { compatibilityPage } from './compatibility-page.mjs';
import { completionFiles } from './completions.mjs';
import { importsPage } from './draw-imports.mjs';
import { noticePage } from './licences.mjs';
import { checkpointsPage } from './open-clip-table.mjs';
import { publicTypes } from './public-types.mjs';
import { settingsPage } from './settings-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sink = { write: () => true };
const io = { stdin: process.stdin, stdout: sink, stderr: sink, env: {}, cwd: root, signal: new AbortController().signal };

function errorsPage() {
  const rows = Object.entries(ERROR_CATALOGUE).map(
    ([code, { kind, meaning }]) => `| \`${code}\` | ${kind} | ${EXIT_CODES[kind]} | ${meaning} |`,
  );
  return `# Errors\n\nEvery failure that labelwise expects is a \`LabelwiseError\` with a \`code\`, a \`kind\`, a message and usually a \`hint\` that says what to do. The command line prints the message and the hint on stderr, and maps the kind to its exit code. A bad image in a batch is a row \`{ path, error: { code, message, hint } }\`; the rest goes on, and the batch ends with \`BATCH_INCOMPLETE\`. Any other error is a bug (exit code 70).\n\nMade by \`npm run docs\` from src/errors.ts.\n\n| code | kind | exit code | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

async function commandPage() {
  const sections = [];
  const visit = (command, path) => {
    sections.push(`## ${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`);
    for (const child of command.commands) visit(child, `${path} ${child.name()}`);
  };
  visit(await createProgram(io), 'labelwise');
  return `# Command line\n\nMade by \`npm run docs\` from the program's own help.\n\n${sections.join('\n')}`;
}

function helpOf(command) {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return text.trim();
}

/** The tutorial's code is that of examples/tutorial.ts: each block after `<!-- region: NAME -->`. */
function tutorialPage() {
  const code = readFileSync(join(root, 'examples/tutorial.ts'), 'utf8');
  const page = readFileSync(join(root, 'docs/guides/tutorial.md'), 'utf8');
  return page.replace(/(<!-- region: (\w+) -->\n\n```ts\n)[\s\S]*?\n```/g, (_, head, name) => {
    const region = new RegExp(`// #region ${name}\\n([\\s\\S]*?)\\n// #endregion`).exec(code)?.[1];
    if (region === undefined) throw new Error(`examples/tutorial.ts has no region ${name}`);
    return `${head}${region}\n\`\`\``;
  });
}

const commands = await commandPage();
const pages = {
  NOTICE: noticePage(root),
  'src/client/api.ts': clientTypes(await openApiDocument(root)),
  'docs/reference/errors.md': errorsPage(),
  'docs/reference/compatibility.md': compatibilityPage(root),
  'docs/reference/imports.md': importsPage(root),
  'docs/reference/cli.md': commands,
  'docs/reference/settings.md': settingsPage(commands),
  'docs/reference/results.schema.json': `${JSON.stringify(resultsJsonSchema(), null, 2)}\n`,
  'docs/guides/tutorial.md': tutorialPage(),
  'docs/reference/checkpoints.md': checkpointsPage(root),
  'tests/snapshots/public-types.txt': publicTypes(root),
  ...apiPages(root),
  ...completionFiles(await createProgram(io)),
};
const isCheck = process.argv.includes('--check');
const problems = [];
for (const [path, text] of Object.entries(pages)) {
  if (!isCheck) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  if (!existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    problems.push(`${path} is out of date: run npm run docs`);
}
for (const name of readdirSync(join(root, 'docs/reference/api'))) {
  const path = `docs/reference/api/${name}`;
  if (path in pages) continue;
  if (isCheck) problems.push(`${path} describes nothing that package.json exports: run npm run docs`);
  else rmSync(join(root, path));
}
const folders = [
  '.',
  'docs/guides',
  'docs/reference',
  'docs/reference/api',
  'docs/decisions',
  'models/pocket',
  'demo',
  'benchmarks',
  'examples',
];
for (const folder of folders.filter((name) => existsSync(join(root, name)))) {
  for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith('.md'))) {
    const path = join(folder, file);
    for (const [, target] of readFileSync(join(root, path), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
      if (!existsSync(join(root, dirname(path), target))) problems.push(`${path} links to ${target}, which is not there`);
    }
  }
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
