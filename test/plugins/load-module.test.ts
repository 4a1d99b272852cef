import express from 'express';
import path from 'node:path';
import winston from 'winston';
import { z } from 'zod';
import { isHostError } from '../../src/core/errors';
import { loadModule } from '../../src/plugins/load-module';
import { pluginFolder, writeFiles } from '../support/plugin-folder';
import { authoring, loadFiles, modules } from './authoring';

const json = (value: unknown) => JSON.stringify(value);

describe('what a plugin may be written in', () => {
  test('TypeScript and ESM, its exports live', async () => {
    const { exports } = await loadFiles({
      'index.ts': `export let count: number = 1; export const add = (n: number): void => { count += n; };`,
    });
    (exports['add'] as (n: number) => void)(4);
    expect(exports['count']).toBe(5);
  });

  test('JavaScript and CommonJS: module.exports = { plugin }', async () => {
    const { exports } = await loadFiles({
      'index.js': `const { Plugin } = require('gatehouse'); module.exports = { plugin: Plugin, here: require('./lib/part.cjs') };`,
      'lib/part.cjs': `exports.part = true;`,
    });
    expect(exports['plugin']).toBe(authoring.Plugin);
    expect(exports['here']).toEqual({ part: true });
  });

  test.each(['index.mjs', 'index.mts', 'index.cjs', 'index.cts', 'src/index.tsx'])('%s', async (name) => {
    const { exports } = await loadFiles({
      [name]: /c.s$/.test(name) ? `exports.a = 1;` : `export const a = 1;`,
    });
    expect(exports['a']).toBe(1);
  });

  test('ESM sources run in strict mode', async () => {
    const { exports } = await loadFiles({
      'index.js': `export const self = (function () { return this; })();`,
    });
    expect(exports['self']).toBeUndefined();
  });

  test('top-level await, also in a nested module', async () => {
    const { exports } = await loadFiles({
      'index.ts': `import { late } from './late'; const mine = await Promise.resolve(1); export const both = [mine, late];`,
      'late.ts': `export const late = await new Promise<number>((done) => setTimeout(() => done(2), 5));`,
    });
    expect(exports['both']).toEqual([1, 2]);
  });

  test('imports of JSON, of Node by either name, and dynamic ones', async () => {
    const { exports } = await loadFiles({
      'index.ts': `
        import data from './data.json';
        import { readFileSync } from 'fs';
        import * as path from 'node:path';
        export { data };
        export const types = [typeof readFileSync, typeof path.join];
        export const lazy = async () => [(await import('./lazy')).lazy, typeof (await import('node:os')).cpus];`,
      'data.json': json({ n: 7 }),
      'lazy.ts': `export const lazy = 'came later';`,
    });
    expect(exports['data']).toEqual({ n: 7 });
    expect(exports['types']).toEqual(['function', 'function']);
    expect(await (exports['lazy'] as () => Promise<unknown>)()).toEqual(['came later', 'function']);
  });

  test("a computed import is the main loader's, from the plugin's own folder", async () => {
    const { exports } = await loadFiles({
      'src/index.ts': `export const load = (name: string) => import(name);`,
      'src/other.mjs': `export const other = 1;`,
    });
    expect(await (exports['load'] as (name: string) => Promise<unknown>)('./other.mjs')).toMatchObject({
      other: 1,
    });
  });
});

describe('where a file stands', () => {
  const report = (names: string) => `[${names}].map(String)`;

  test("each bundled file is told its own place, not the entry's", async () => {
    const { exports } = await loadFiles({
      'src/index.ts': `
        import { nested } from './deep/nested';
        import { own } from './deep/own.mjs';
        import { common } from './deep/common.cjs';
        export const all = { here: ${report('import.meta.url, import.meta.dirname, import.meta.filename')}, nested, own, common };`,
      'src/deep/nested.ts': `export const nested = ${report('__dirname, __filename')};`,
      'src/deep/own.mjs': `#!/usr/bin/env node
        import { dirname } from 'node:path'; import { fileURLToPath } from 'node:url';
        const __dirname = dirname(fileURLToPath(import.meta.url)); export const own = __dirname;`,
      'src/deep/common.cjs': `exports.common = __dirname;`,
    });
    const all = exports['all'] as Record<string, any>;
    const folder = path.dirname(path.dirname(all['here'][2]));
    expect(all).toEqual({
      here: [`file://${folder}/src/index.ts`, `${folder}/src`, `${folder}/src/index.ts`],
      nested: [`${folder}/src/deep`, `${folder}/src/deep/nested.ts`],
      own: `${folder}/src/deep`,
      common: `${folder}/src/deep`,
    });
  });
});

describe("shared modules and the plugin's own", () => {
  test("the plugin's own sources get the host's one copy", async () => {
    const { exports } = await loadFiles({
      'index.ts': `
        import express, { Router } from 'express'; import winston from 'winston'; import { z } from 'zod';
        import { Plugin } from 'gatehouse'; import 'reflect-metadata';
        export { express, Router, winston, z, Plugin }; export const meta = Reflect;`,
    });
    expect(exports['express']).toBe(express);
    expect(exports['Router']).toBe(express.Router);
    expect(exports['z']).toBe(z);
    expect((exports['winston'] as typeof winston).createLogger).toBe(winston.createLogger);
    expect(exports['Plugin']).toBe(authoring.Plugin);
    expect(exports['meta']).toBe(Reflect);
  });

  const dependencies = {
    'index.ts': `import old from 'old'; import { fresh } from 'fresh'; export { old, fresh };`,
    'node_modules/old/package.json': json({ name: 'old', main: 'main.js' }),
    'node_modules/old/main.js': `module.exports = { express: require('express'), gatehouse: require('gatehouse') };`,
    'node_modules/old/node_modules/express/package.json': json({ name: 'express', version: '4.0.0' }),
    'node_modules/old/node_modules/express/index.js': `module.exports = 'its own express 4';`,
    'node_modules/fresh/package.json': json({ name: 'fresh', type: 'module', exports: './main.js' }),
    'node_modules/fresh/main.js': `export const fresh = 1;`,
  };

  test('its node_modules serve CommonJS and ESM, and bring their own express but never their own gatehouse', async () => {
    const { exports } = await loadFiles(dependencies);
    expect(exports['old']).toEqual({ express: 'its own express 4', gatehouse: authoring });
    expect(exports['fresh']).toBe(1);
  });

  test('a module made for this load is made once, whichever files import it', async () => {
    const files = {
      'index.ts': `import { id } from 'gatehouse'; import { other } from './other'; export const ids = [id, other];`,
      'other.ts': `import { id as other } from 'gatehouse'; export { other };`,
    };
    const folder = pluginFolder(files);
    let made = 0;
    const { exports } = await loadModule({
      folder,
      entry: path.join(folder, 'index.ts'),
      modules: () => ({ id: (made += 1) }),
    });
    expect(exports['ids']).toEqual([1, 1]);
  });

  test('a new load sees changed files, dependencies included', async () => {
    const folder = pluginFolder(dependencies);
    const load = async () =>
      (await loadModule({ folder, entry: path.join(folder, 'index.ts'), modules })).exports['fresh'];
    expect(await load()).toBe(1);
    writeFiles(folder, { 'node_modules/fresh/main.js': 'export const fresh = 2;' });
    expect(await load()).toBe(2);
  });

  test("gatehouse.external is loaded by the plugin's own require, from beside its own files", async () => {
    const { exports, files } = await loadFiles({
      'index.ts': `import native from 'native'; import part from 'native/part'; export { native, part };`,
      'package.json': json({ gatehouse: { external: ['native'] } }),
      'node_modules/native/package.json': json({ name: 'native' }),
      'node_modules/native/index.js': `module.exports = module.id;`,
      'node_modules/native/part.js': `module.exports = 'part';`,
    });
    expect(exports['native']).toMatch(/node_modules\/native\/index\.js$/);
    expect(exports['part']).toBe('part');
    expect(files.map((file) => path.basename(file))).toEqual(['index.ts']);
  });

  test('the files that went in are listed, absolute', async () => {
    const { files } = await loadFiles(dependencies);
    const folder = path.dirname(files.find((file) => file.endsWith('/index.ts')) ?? '');
    expect(files.map((file) => path.relative(folder, file)).sort()).toEqual([
      'index.ts',
      'node_modules/fresh/main.js',
      'node_modules/old/main.js',
      'node_modules/old/node_modules/express/index.js',
    ]);
  });
});

describe('stacks', () => {
  const thrower = [
    `import { boom } from './deep/boom';`,
    ``,
    `export const call = (): void => {`,
    `  boom('x');`,
    `};`,
  ];
  const boom = [
    `interface A { b: string }`,
    ``,
    `export function boom(text: string): never {`,
    `  throw new Error(text);`,
    `}`,
  ];

  test("name the plugin's own lines and columns", async () => {
    const loaded = await loadFiles({ 'index.ts': thrower.join('\n'), 'deep/boom.ts': boom.join('\n') });
    const stack = loaded.mapStack(stackOf(loaded.exports['call'] as () => void));
    expect(stack).toMatch(/boom \(\/.*\/deep\/boom\.ts:4:9\)/);
    expect(stack).toMatch(/index\.ts:4:3/);
    expect(stack).not.toContain('#');
  });

  test('in decorated files, files that ask where they stand, and code on the first line', async () => {
    const loaded = await loadFiles({
      'index.ts': `import { decorated } from './decorated'; export { decorated }; export const first = () => { throw new Error('one'); };`,
      'decorated.ts': [
        `const mark = (..._: unknown[]) => undefined;`,
        `@mark`,
        `class A {`,
        `  @mark go(): void {`,
        `    throw new Error(import.meta.url);`,
        `  }`,
        `}`,
        `export const decorated = () => new A().go();`,
      ].join('\n'),
    });
    expect(loaded.mapStack(stackOf(loaded.exports['decorated'] as () => void))).toMatch(/decorated\.ts:5:11/);
    expect(loaded.mapStack(stackOf(loaded.exports['first'] as () => void))).toMatch(/index\.ts:1:99/);
  });

  test('of two generations are told apart', async () => {
    const folder = pluginFolder({ 'index.ts': `export const f = () => { throw new Error('x'); };` });
    const load = () => loadModule({ folder, entry: path.join(folder, 'index.ts'), modules });
    const before = await load();
    writeFiles(folder, { 'index.ts': `\n\n\nexport const f = () => { throw new Error('x'); };` });
    const after = await load();
    const stack = stackOf(before.exports['f'] as () => void);
    expect(after.mapStack(stack)).toBe(stack);
    expect(before.mapStack(stack)).toMatch(/index\.ts:1:/);
    expect(after.mapStack(stackOf(after.exports['f'] as () => void))).toMatch(/index\.ts:4:/);
  });
});

describe('a load that fails', () => {
  const failure = async (files: Record<string, string>) => {
    const error: unknown = await loadFiles(files).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isHostError(error)) throw new Error('it loaded, or threw something else', { cause: error });
    return { error, cause: error.cause as Error };
  };

  test('lists every fault of the sources with file, line and column, and no absolute path', async () => {
    const { error, cause } = await failure({
      'src/index.ts': `import './gone';\nimport nope from 'nope-pkg';\nexport { nope };`,
    });
    expect(error.code).toBe('plugin/load-failed');
    expect(error.message).toMatch(/^gatehouse-plugin-\w+\/src\/index\.ts could not be loaded/);
    expect(cause.message).toMatch(
      /^src\/index\.ts:1:8: Could not resolve "\.\/gone"\n {4}import '\.\/gone';\nsrc\/index\.ts:2:18: Could not resolve "nope-pkg"; .*npm install/,
    );
    expect(cause.message + String(cause.stack)).not.toContain('/tmp/');
  });

  test.each([
    ['plain', `export const a: = 1;`, /^index\.ts:1:17: Unexpected "="/],
    ['decorated', `const d = () => {};\n@d class A { @d( }`, /^index\.ts:2:18: /],
  ])('names the place of a syntax error in a %s file', async (_kind, text, expected) => {
    const { cause } = await failure({ 'index.ts': text });
    expect(cause.message).toMatch(expected);
  });

  test("keeps what the import threw, its stack on the plugin's own line", async () => {
    const { error, cause } = await failure({
      'index.ts': `\ntype T = 1;\nthrow new TypeError('not today');`,
    });
    expect(error.code).toBe('plugin/load-failed');
    expect(cause.message).toBe('not today');
    expect(cause.stack).toMatch(/TypeError: not today\n\s+at .*\/index\.ts:3:7/);
  });

  test.each([`throw undefined;`, `throw 'text';`, `throw Object.freeze(new Error('frozen'));`])(
    'survives %s',
    async (text) => {
      const { error, cause } = await failure({ 'index.ts': text });
      expect(error.code).toBe('plugin/load-failed');
      expect(typeof cause.message).toBe('string');
    },
  );

  test('lets an error of the host through with its own code', async () => {
    const { error } = await failure({
      'index.ts': `import { Plugin } from 'gatehouse'; export const plugin = new Plugin({ module: 'x' } as any);`,
    });
    expect(error.code).toBe('plugin/invalid-info');
    expect(error.message).toMatch(/author .*; name .*; version .*; description /);
  });

  test('says that the host has no such module', async () => {
    const { cause } = await failure({ 'index.ts': `import x from 'gatehouse/none'; export { x };` });
    expect(cause.message).toContain('The host has no module "gatehouse/none"');
  });

  test('names an entry that is gone', async () => {
    const folder = pluginFolder({});
    const loading = loadModule({ folder, entry: path.join(folder, 'index.ts'), modules });
    await expect(loading).rejects.toMatchObject({ code: 'plugin/load-failed' });
  });

  test('of a native addon comes from Node itself, with the addon named', async () => {
    const { cause } = await failure({
      'index.ts': `import addon from './build/addon.node'; export { addon };`,
      'build/addon.node': 'not a library',
    });
    expect(cause.message).toMatch(/\/build\/addon\.node: /);
  });

  test('explains Express 4 paths of a Router made at module level', async () => {
    const { error } = await failure({
      'index.ts': `import { Router } from 'express'; const r = Router(); r.get('/files/*', () => {}); export { r };`,
    });
    expect(error.code).toBe('plugin/express-path');
    expect(error.message).toContain('write "/files/*splat"');
  });

  test('an import that never settles ends when its signal aborts', async () => {
    const folder = pluginFolder({ 'index.ts': `await new Promise(() => {}); export const a = 1;` });
    const abort = new AbortController();
    const loading = loadModule({
      folder,
      entry: path.join(folder, 'index.ts'),
      modules,
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(new Error('given up')), 200);
    await expect(loading).rejects.toThrow('given up');
  });
});

function stackOf(call: () => void): string {
  try {
    call();
  } catch (thrown) {
    return String((thrown as Error).stack);
  }
  throw new Error('it did not throw');
}
