import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../..');

/** Whatever git knows or will know, so that a new page is looked at too; some generated ones hold other pages' links. */
const pages = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', 'docs/llms.txt'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(path.join(root, file)));

const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Without what is shown as code: a link there is none. */
function proseOf(text: string): string {
  return text.replace(/^(`{3,})[\s\S]*?^\1`*\s*$/gm, '').replace(/`[^`\n]*`/g, '');
}

function linksOf(text: string): readonly string[] {
  return [...proseOf(text).matchAll(/\[[^\]]*\]\(([^)\s]+)(?:\s"[^"]*")?\)/g)].map(
    ([, target]) => target as string,
  );
}

/** As GitHub names them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replace(/^(`{3,})[\s\S]*?^\1`*\s*$/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map(([, heading]) => slugOf(heading as string)));
}

const slugOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

test('there are pages to look at', () => {
  expect(pages.length).toBeGreaterThan(30);
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/README.md', 'docs/llms.txt']));
});

test.each(pages)('every link of %s leads to a file and a heading that are there', (page) => {
  const broken = linksOf(textOf(page)).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), file);
    if (!existsSync(target)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).has(anchor);
  });
  expect(broken).toEqual([]);
});

test('every guide is reached from the index of the documents', () => {
  const linked = new Set(linksOf(textOf('docs/README.md')).map((link) => path.join('docs', link)));
  const guides = pages.filter((file) => file.startsWith('docs/guide/'));
  expect(guides.filter((guide) => !linked.has(guide))).toEqual([]);
});
