import { cell } from './cell.mjs';

/** Every setting of the table, and what the file may say of plugins. */
export function settingsPage({ settingPaths, settingsTable, variablesOf }) {
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
