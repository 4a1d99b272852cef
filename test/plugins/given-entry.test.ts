import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { isHostError, toError } from '../../src/core/errors';
import { loadModule } from '../../src/plugins/load-module';
import { pluginFolder, writeFiles } from '../support/plugin-folder';
import { modules } from './authoring';

const SOURCE = `import * as main from './main.js'; export { main };`;

async function loadGiven(folder: string, source = SOURCE, globals?: string) {
  return loadModule({
    folder,
    entry: folder,
    source: { source, ...(globals === undefined ? {} : { globals }) },
    modules,
  });
}

/** What a folder is refused with. */
async function refusalOf(files: Readonly<Record<string, string>>): Promise<string> {
  const thrown: unknown = await loadGiven(pluginFolder(files)).catch((error: unknown) => error);
  if (!isHostError(thrown)) throw new Error(`it was not refused: ${String(thrown)}`);
  expect(thrown.code).toBe('plugin/load-failed');
  return toError(thrown.cause).message;
}

describe('a folder whose entry a dialect gives', () => {
  test('is bundled from the files that the entry imports, each of which is watched', async () => {
    const folder = pluginFolder({
      'main.js': `import { part } from './lib/part.js'; import data from './data.json'; export const all = [part, data.n];`,
      'lib/part.js': `export { part } from '../shared/index.js';`,
      'shared/index.js': `export const part = 1;`,
      'data.json': `{"n":2}`,
    });
    const { exports, files } = await loadGiven(folder);
    expect((exports['main'] as { all: number[] }).all).toEqual([1, 2]);
    expect(files.map((file) => path.relative(folder, file)).sort()).toEqual([
      'data.json',
      'lib/part.js',
      'main.js',
      'shared/index.js',
    ]);
  });

  test('may be CommonJS', async () => {
    const folder = pluginFolder({
      'main.js': `const { part } = require('./part'); exports.all = [part];`,
      'part.js': `exports.part = 'common';`,
    });
    expect((await loadGiven(folder)).exports['main']).toMatchObject({ all: ['common'] });
  });

  test('its globals stand free in each file, and nowhere else', async () => {
    const folder = pluginFolder({
      'main.js': `import { far } from './far.js'; export const all = [twice(2), far, typeof globalThis.twice];`,
      'far.js': `export const far = twice(3);`,
    });
    const { exports } = await loadGiven(folder, SOURCE, `export const twice = (n) => n * 2;`);
    expect((exports['main'] as { all: unknown[] }).all).toEqual([4, 6, 'undefined']);
    expect((globalThis as { twice?: unknown }).twice).toBeUndefined();
  });

  test('a name of its own hides a global', async () => {
    const folder = pluginFolder({ 'main.js': `const twice = () => 'own'; export const all = twice();` });
    const { exports } = await loadGiven(folder, SOURCE, `export const twice = (n) => n * 2;`);
    expect((exports['main'] as { all: unknown }).all).toBe('own');
  });

  test("a stack names the folder's own line", async () => {
    const folder = pluginFolder({ 'main.js': `\n\nexport const fail = () => { throw new Error('here'); };` });
    const { exports, mapStack } = await loadGiven(folder);
    const stack = (() => {
      try {
        (exports['main'] as { fail(): void }).fail();
        return '';
      } catch (thrown) {
        return mapStack(String((thrown as Error).stack));
      }
    })();
    expect(stack).toMatch(/main\.js:3:/);
  });
});

describe('what such code may not import', () => {
  test.each([
    ['a package that is shared with others', `import 'express';`, '"express" cannot be imported'],
    ['the module gatehouse', `import 'gatehouse';`, '"gatehouse" cannot be imported'],
    ['a module of Node', `import 'node:fs';`, '"node:fs" cannot be imported'],
    ['a module of Node by its short name', `import 'fs';`, '"fs" cannot be imported'],
    ['a module of Node, required', `require('child_process');`, '"child_process" cannot be imported'],
    ['a module of Node, later', `export const f = () => import('node:os');`, '"node:os" cannot be imported'],
    ['an absolute path', `import '/etc/passwd';`, '"/etc/passwd" cannot be imported'],
    ['an address', `import 'https://example.org/x.js';`, '"https://example.org/x.js" cannot be imported'],
    ['data in an address', `import 'data:text/javascript,1';`, 'cannot be imported'],
    ['the entry that it is imported by', `import 'gatehouse-entry';`, '"gatehouse-entry" cannot be imported'],
  ])('%s', async (_what, text, told) => {
    const message = await refusalOf({ 'main.js': text });
    expect(message).toContain(told);
    expect(message).toContain('files of this folder import only one another, by relative paths');
    expect(message).toMatch(/^main\.js:1:/);
  });

  test('a file outside the folder', async () => {
    const folder = pluginFolder({ 'app/main.js': `import '../secret.js';`, 'secret.js': '' });
    const thrown: unknown = await loadGiven(path.join(folder, 'app')).catch((error: unknown) => error);
    expect(toError((thrown as Error).cause).message).toContain('it lies outside the folder');
  });

  test('a link to a file outside, whatever it is named', async () => {
    const folder = pluginFolder({ 'app/main.js': `import './inside.js';`, 'secret.js': 'export {};' });
    symlinkSync(path.join(folder, 'secret.js'), path.join(folder, 'app', 'inside.js'));
    const thrown: unknown = await loadGiven(path.join(folder, 'app')).catch((error: unknown) => error);
    expect(toError((thrown as Error).cause).message).toContain('it lies outside the folder');
  });

  test('an installed package by its path', async () => {
    const message = await refusalOf({
      'main.js': `import './node_modules/x/index.js';`,
      'node_modules/x/index.js': '',
    });
    expect(message).toContain('it is an installed package');
  });

  test('a native addon beside it', async () => {
    expect(await refusalOf({ 'main.js': `import './x.node';`, 'x.node': '' })).toContain('x.node');
  });

  test('a file that is not there: told as everywhere', async () => {
    expect(await refusalOf({ 'main.js': `import './gone.js';` })).toContain('Could not resolve "./gone.js"');
  });

  test('what is named only when it runs', async () => {
    const folder = pluginFolder({
      'main.js': `export const load = (name) => import(name); export const get = (name) => (0, require)(name);`,
    });
    const main = (await loadGiven(folder)).exports['main'] as Record<
      'load' | 'get',
      (name: string) => unknown
    >;
    await expect(Promise.resolve(main.load('node:fs'))).rejects.toThrow('files of this folder');
    expect(() => main.get('node:fs')).toThrow('files of this folder import only one another');
  });
});

test('a new load sees files as they are now', async () => {
  const folder = pluginFolder({ 'main.js': 'export const all = 1;' });
  await loadGiven(folder);
  writeFiles(folder, { 'main.js': 'export const all = 2;' });
  expect((await loadGiven(folder)).exports['main']).toMatchObject({ all: 2 });
});
