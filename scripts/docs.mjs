/**
 * Writes the pages of reference (docs/errors.md, settings.md, providers.md, cli.md, operator-api.md) from the built catalogue
 * and tables, and docs/llms.txt and llms-full.txt from all pages; with `--check` it writes nothing and fails when one of them
 * is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliPage } from './docs/cli-page.mjs';
import { errorsPage } from './docs/errors-page.mjs';
import { indexForModels, allForModels } from './docs/for-models.mjs';
import { operatorApiPage } from './docs/operator-api-page.mjs';
import { providersPage } from './docs/providers-page.mjs';
import { settingsPage } from './docs/settings-page.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
if (!existsSync(path.join(root, 'dist/core/errors.js'))) {
  console.error('dist is missing: run `npm run build` first.');
  process.exit(1);
}
const { catalogue } = require('../dist/core/errors.js');

const reference = {
  'docs/errors.md': errorsPage(catalogue),
  'docs/settings.md': settingsPage(require('../dist/core/settings-table.js')),
  'docs/providers.md': providersPage(senders()),
  'docs/cli.md': cliPage(require('../dist/operator/cli/cli.js').describeCommandLine()),
  'docs/operator-api.md': operatorApiPage(require('../dist/operator/operations/operations.js').operations),
};
const pages = {
  ...reference,
  'docs/llms.txt': indexForModels(root, reference),
  'docs/llms-full.txt': allForModels(root, reference),
};
const stale = Object.entries(pages).filter(([file, text]) => readPage(file) !== text);
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is stale: run \`npm run docs\` and commit it.`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [file, text] of stale) writeFileSync(path.join(root, file), text);
console.log(
  stale.length === 0 ? 'The documents are up to date.' : `Wrote ${stale.map(([file]) => file).join(', ')}.`,
);

function senders() {
  const rows = (file) => require(`../dist/signatures/rows/${file}.js`);
  const { createSpecialSchemes } = require('../dist/signatures/special/special-schemes.js');
  return {
    groups: [
      { title: 'Standard Webhooks', rows: rows('standard').standardRows },
      { title: 'Code and its issues', rows: rows('code-hosting').codeHostingRows },
      { title: 'Where people talk', rows: rows('messaging').messagingRows },
      { title: 'Money', rows: rows('payments').paymentRows },
      { title: 'Shops', rows: rows('commerce').commerceRows },
      { title: 'Customers, forms and documents', rows: rows('business').businessRows },
      { title: 'Mail, media and data', rows: rows('content').contentRows },
      { title: 'Verified by code', rows: rows('special').specialRows },
    ],
    handshakes: require('../dist/signatures/handshakes/answer-handshake.js').handshakes,
    specials: createSpecialSchemes({ fetchText: () => Promise.reject(new Error('nothing is fetched')) }),
    standardWindowMs: require('../dist/core/declaration.js').STANDARD_WINDOW_MS,
  };
}

function readPage(file) {
  const full = path.join(root, file);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}
