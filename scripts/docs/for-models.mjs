import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Who reads what, in the order it is best read; pages of docs/guide that stand nowhere here are an error. */
const READERS = [
  [
    'Plugin authors',
    ['dynamic-routes', 'services', 'access', 'secrets', 'channels', 'outgoing', 'pages', 'testing'],
  ],
  ['Operators', ['operating', 'deployment', 'observability', 'capacity', 'upgrading']],
  ['People who migrate', ['legacy-webhooks', 'dialects']],
];
const REFERENCE = ['cli', 'settings', 'operator-api', 'errors', 'providers'];
const SUMMARY =
  'Gatehouse is a TypeScript host for agent plugins that speak HTTP: it loads plugins, serves their routes below /api/plugin/<author.module>/, verifies who is calling, stores what it accepts before it acknowledges it, and works it with retries.';

/** docs/llms.txt: what there is to read, each page a line. @see https://llmstxt.org */
export function indexForModels(root, generated) {
  const line = (file) => {
    const { title, first } = headOf(textOf(root, generated, `docs/${file}`));
    return `- [${title}](${file})${first === '' ? '' : `: ${first}`}`;
  };
  const guides = READERS.map(
    ([who, names]) => `## ${who}\n\n${names.map((name) => line(`guide/${name}.md`)).join('\n')}`,
  );
  mustKnowAll(root);
  return `# Gatehouse

> ${SUMMARY}

Everything on one page: [llms-full.txt](llms-full.txt).

${guides.join('\n\n')}

## Reference

${REFERENCE.map((name) => line(`${name}.md`)).join('\n')}

## Optional

${decisions(root)
  .map((name) => line(`decisions/${name}`))
  .join('\n')}
`;
}

/** docs/llms-full.txt: the README and all pages, one after the other. */
export function allForModels(root, generated) {
  const files = [
    'README.md',
    ...READERS.flatMap(([, names]) => names.map((name) => `docs/guide/${name}.md`)),
    ...REFERENCE.map((name) => `docs/${name}.md`),
  ];
  return `${files.map((file) => `<!-- ${file} -->\n\n${textOf(root, generated, file).trim()}`).join('\n\n')}\n`;
}

function textOf(root, generated, file) {
  return generated[file] ?? readFileSync(path.join(root, file), 'utf8');
}

/** The title, and the first sentence below it. */
function headOf(text) {
  const [, title = ''] = /^# (.+)$/m.exec(text) ?? [];
  const paragraph = text
    .slice(text.indexOf(title) + title.length)
    .trim()
    .split('\n\n')[0];
  const plain = paragraph.replaceAll('\n', ' ').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const [sentence = ''] = /^.*?[.:](?= |$)/.exec(plain) ?? [];
  return { title, first: /^[#|`>-]/.test(plain) ? '' : sentence.replace(/:$/, '.') };
}

function mustKnowAll(root) {
  const known = READERS.flatMap(([, names]) => names.map((name) => `${name}.md`));
  const there = readdirSync(path.join(root, 'docs/guide')).filter((name) => name.endsWith('.md'));
  const unknown = there.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`${unknown.join(', ')}: no reader is named in scripts/docs/for-models.mjs`);
}

function decisions(root) {
  return readdirSync(path.join(root, 'docs/decisions'))
    .filter((name) => name.endsWith('.md'))
    .sort();
}
