import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { discover, rediscover, type Found } from '../../src/plugins/discover';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'gatehouse-discover-')));
});
afterEach(() => rm(root, { recursive: true }));

const at = (...parts: string[]) => path.join(root, ...parts);
async function write(name: string, text = ''): Promise<void> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  await writeFile(at(name), text);
}
const look = (folders = ['plugins'], packages = false): Promise<Found[]> =>
  discover({ folders: folders.map((name) => at(name)), packages, workingFolder: root });
const entryOf = async (): Promise<string | undefined> => {
  const [found] = await look();
  if (found?.problem !== undefined) throw found.problem;
  return found?.entry === undefined ? undefined : path.relative(at('plugins'), found.entry);
};

describe('the entry of a folder', () => {
  test('is gatehouse.entry before main before index before src/index', async () => {
    for (const name of ['g.ts', 'm.js', 'index.mjs', 'src/index.ts']) await write(`plugins/p/${name}`);
    await write('plugins/p/package.json', '{"main":"m.js","gatehouse":{"entry":"./g.ts"}}');
    expect(await entryOf()).toBe('p/g.ts');
    await write('plugins/p/package.json', '{"main":"m.js"}');
    expect(await entryOf()).toBe('p/m.js');
    await rm(at('plugins/p/package.json'));
    expect(await entryOf()).toBe('p/index.mjs');
    await rm(at('plugins/p/index.mjs'));
    expect(await entryOf()).toBe('p/src/index.ts');
  });

  test.each(['.ts', '.mts', '.js', '.mjs', '.cjs'])('may be index%s', async (extension) => {
    await write(`plugins/p/index${extension}`);
    expect(await entryOf()).toBe(`p/index${extension}`);
  });

  test('may be named without its extension, or as a folder with an index', async () => {
    await write('plugins/p/lib/index.cjs');
    await write('plugins/p/package.json', '{"main":"lib"}');
    expect(await entryOf()).toBe('p/lib/index.cjs');
    await write('plugins/p/lib.ts');
    expect(await entryOf()).toBe('p/lib.ts');
  });

  test('is absent when there is none, which is no problem of discovery', async () => {
    await write('plugins/p/readme.md');
    expect(await entryOf()).toBeUndefined();
  });

  test.each([
    ['../outside.ts', 'lies outside'],
    ['/etc/passwd', 'lies outside'],
    ['dist/index.js', 'does not exist'],
    ['link.ts', 'link to a place outside'],
  ])('%s is refused: it %s', async (entry, why) => {
    await write('plugins/outside.ts');
    await write('elsewhere/code.ts');
    await write('plugins/p/package.json', JSON.stringify({ gatehouse: { entry } }));
    await symlink(at('elsewhere/code.ts'), at('plugins/p/link.ts'));
    const found = (await look()).find(({ id }) => id === 'p');
    expect(found?.problem?.code).toBe('plugin/bad-entry');
    expect(found?.problem?.message).toContain(why);
  });
});

describe('a plugins folder', () => {
  test('gives child folders and single files, by code point, without hidden ones and node_modules', async () => {
    const names = ['b/index.ts', 'B/index.ts', 'a.ts', 'c.js', '.git/index.ts', 'node_modules/x/index.js'];
    for (const name of [
      ...names,
      'd.d.ts',
      'note.md',
      'z/index.ts',
      'é/index.ts',
      '\u{1F600}/index.ts',
      '\uFF5E/index.ts',
    ])
      await write(`plugins/${name}`);
    expect((await look()).map(({ id, from }) => `${id} ${from}`)).toEqual([
      'B folder',
      'a.ts file',
      'b folder',
      'c.js file',
      'z folder',
      'é folder',
      '\uFF5E folder',
      '\u{1F600} folder',
    ]);
  });

  test('comes before the next one, and the same place twice counts once', async () => {
    await write('two/a/index.ts');
    await write('one/b/index.ts');
    await symlink(at('two/a'), at('one/c'));
    const found = await look(['one', 'two', 'one']);
    expect(found.map(({ id, place }) => [id, path.relative(root, place)])).toEqual([
      ['b', 'one/b'],
      ['c', 'two/a'],
    ]);
  });

  test('that is missing is a problem that says what to do, and the others are read', async () => {
    await write('plugins/p/index.ts');
    const [missing, present] = await look(['nowhere', 'plugins']);
    expect(missing?.problem?.code).toBe('plugin/folder-unreadable');
    expect(missing?.problem?.message).toContain(at('nowhere'));
    expect(present?.id).toBe('p');
  });

  test('with a dangling link or a broken package.json has problems of those places only', async () => {
    await write('plugins/p/index.ts');
    await write('plugins/broken/package.json', '{"name":');
    await write('plugins/list/package.json', '[]');
    await symlink(at('nowhere'), at('plugins/dangling'));
    const problems = (await look()).map(({ id, problem }) => [id, problem?.code]);
    expect(problems).toEqual([
      ['broken', 'plugin/invalid-manifest'],
      ['dangling', 'plugin/bad-entry'],
      ['list', 'plugin/invalid-manifest'],
      ['p', undefined],
    ]);
  });
});

describe('packages', () => {
  const plugin = JSON.stringify({ keywords: ['gatehouse-plugin'] });

  test('with the keyword count, scoped ones too; a broken one only if it says the keyword', async () => {
    await write('node_modules/zeta/package.json', plugin);
    await write('node_modules/zeta/index.js');
    await write('node_modules/@acme/ci/package.json', plugin);
    await write('node_modules/@acme/ci/index.js');
    await write('node_modules/express/package.json', '{"keywords":["web"]}');
    await write('node_modules/mentions/package.json', '{"description":"not a gatehouse-plugin"}');
    await write('node_modules/broken/package.json', '{');
    await write('node_modules/half/package.json', '{"keywords":["gatehouse-plugin"]');
    const found = await look([], true);
    expect(found.map(({ id, from, problem }) => [id, from, problem?.code])).toEqual([
      ['@acme/ci', 'package', undefined],
      ['half', 'package', 'plugin/invalid-manifest'],
      ['zeta', 'package', undefined],
    ]);
    expect(await look([], false)).toEqual([]);
  });
});

test('a place read again shows what changed in it', async () => {
  await write('plugins/p/readme.md');
  const [before] = await look();
  await write('plugins/p/index.ts');
  expect(path.basename((await rediscover(before as Found)).entry ?? '')).toBe('index.ts');
});
