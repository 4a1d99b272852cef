/**
 * Writes docs/errors.md, docs/settings.md and docs/providers.md from the built catalogue and tables; with `--check` it
 * writes nothing and fails when one of them is stale.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { providersPage } from './providers-page.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
if (!existsSync(path.join(root, 'dist/core/errors.js'))) {
  console.error('dist is missing: run `npm run build` first.');
  process.exit(1);
}
const { catalogue } = require('../dist/core/errors.js');
const { settingPaths, settingsTable, variablesOf } = require('../dist/core/settings-table.js');

const pages = {
  'docs/errors.md': errorsPage(),
  'docs/settings.md': settingsPage(),
  'docs/providers.md': providersPage(senders()),
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

## Who may ask

\`\`\`yaml
allowFrom: [10.0.0.0/8, 2001:db8::/32] # of the whole host; a plugin and an endpoint may narrow it
routes: { defaultAccess: operator } # of endpoints whose author does not say
rateLimit: { perAddress: 600/1m }
plugins:
  acme.ci:
    allowFrom: [10.1.0.0/16]
    endpoints:
      /github: { access: { signature: github, secret: GITHUB_WEBHOOK_SECRET } }
      /status: { access: public, force: true }
\`\`\`

\`access\` is what authors write in code, one mode or a list that must all hold: \`public\`, \`operator\`, \`{ signature, secret }\`,
\`{ token, secret }\`, \`{ signedUrl: true }\`, \`{ basic, secret }\`, \`{ messageSignature }\`, \`{ allowFrom }\`. It holds for every method
of the path, of a Router at the path it is mounted at, in plugins of every dialect. Whatever asks for no less than the author does
counts at once; anything else needs \`force: true\`, and each load logs \`audit: access loosened\` with what was and what is.

## Where plugins may send requests

\`\`\`yaml
http: { allowPrivate: [10.0.0.0/8] }
plugins:
  acme.ci:
    http: { allow: [api.example.org, '*.example.com'] }
\`\`\`

What a plugin's own \`http\` says replaces what the host says, name by name.
`;
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;').trim();
}

function readPage(file) {
  const full = path.join(root, file);
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
}
