/**
 * Writes docs/errors.md and docs/settings.md from the built catalogue and table; with `--check` it writes nothing and
 * fails when one of them is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
if (!existsSync(path.join(root, 'dist/core/errors.js'))) {
  console.error('dist is missing: run `npm run build` first.');
  process.exit(1);
}
const { catalogue } = require('../dist/core/errors.js');
const { settingPaths, settingsTable, variablesOf } = require('../dist/core/settings-table.js');

const pages = { 'docs/errors.md': errorsPage(), 'docs/settings.md': settingsPage() };
const stale = Object.entries(pages).filter(([file, text]) => readPage(file) !== text);
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is stale: run \`npm run docs\` and commit it.`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const [file, text] of stale) writeFileSync(path.join(root, file), text);
console.log(
  stale.length === 0 ? 'The documents are up to date.' : `Wrote ${stale.map(([file]) => file).join(', ')}.`,
);

function errorsPage() {
  const rows = Object.entries(catalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, message }]) => `| \`${code}\` | ${status} | ${cell(exampleOf(message))} |`);
  return `# Errors

Generated from \`src/core/errors.ts\` by \`npm run docs\`. Every error the host raises has a code; over HTTP it is the
\`code\` of a problem document (RFC 9457) with the status below. Words in ‹› stand for what the error is about.

| code | status | message |
|---|---|---|
${rows.join('\n')}
`;
}

/** The message with its parameters' names in the places of their values. */
function exampleOf(message) {
  const [, list = ''] = /^\s*\(?([^)=]*)\)?\s*=>/.exec(message.toString()) ?? [];
  const names = list.split(',').map((name) => name.trim());
  return message(...names.filter((name) => name !== '').map((name) => `‹${name}›`));
}

function settingsPage() {
  const rows = settingPaths.map((setting) => {
    const { kind, standard, doc } = settingsTable[setting];
    const usual = standard === undefined ? '–' : `\`${standard === '' ? '(none)' : standard}\``;
    return `| \`${setting}\` | \`${variablesOf(setting)[0]}\` | ${usual} | ${cell(doc)} | ${cell(kind.expected)} |`;
  });
  return `# Settings

Generated from \`src/core/settings-table.ts\` by \`npm run docs\`. A flag (\`gatehouse serve --help\`) wins over the
environment, the environment over the file, the file over the default. The file is \`gatehouse.yaml\` of the working
folder, or the one named by \`--config\`; relative paths in it start at its folder, all others at the working folder.
\`a.bC\` in the file is the variable \`GATEHOUSE_A_B_C\`; with \`_FILE\` appended a variable names a file that holds the
value, white space around it trimmed. An empty variable counts as not given. All mistakes are reported at once, unknown
names among them. \`gatehouse config check\` shows every value and where it comes from.

| setting | variable | default | what | expected |
|---|---|---|---|---|
${rows.join('\n')}

## Values of plugins

\`\`\`yaml
plugins:
  folders: [plugins]
  acme.ci:
    config:
      channel: console-ci
\`\`\`

\`GATEHOUSE_CONFIG_ACME_CI_CHANNEL\` overrides it, always as text; a value known only from the environment keeps its
upper-case name. Two names that one variable would set are refused at start.

## When senders of old webhooks are answered

\`\`\`yaml
compat:
  webhookMethods: { mode: warn, answer: accept }
plugins:
  acme.ci:
    webhookMethods: { answer: { ackWithinMs: 2500 } }
    endpoints:
      /github: { answer: handler }
\`\`\`

The endpoint counts before the plugin, the plugin before what its author says, that before \`compat.webhookMethods.answer\`.
See the [guide](guide/legacy-webhooks.md).
`;
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;').trim();
}

function readPage(file) {
  const full = path.join(root, file);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}
