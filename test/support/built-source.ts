import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from '@swc/core';

const root = path.resolve(__dirname, '../..');
const source = path.join(root, 'src');

/** `src` as JavaScript in a folder of its own, where it finds its dependencies, for tests that need plain node. */
export async function buildSource(): Promise<{ folder: string; remove(): Promise<void> }> {
  const cache = path.join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(path.join(cache, 'gatehouse-'));
  const names = await readdir(source, { recursive: true });
  await Promise.all(names.filter((name) => name.endsWith('.ts')).map((name) => build(folder, name)));
  for (const name of names.filter((name) => name.endsWith('.cjs')))
    await copyFile(path.join(source, name), path.join(folder, name));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function build(folder: string, name: string): Promise<void> {
  const { code } = await transform(await readFile(path.join(source, name), 'utf8'), {
    filename: path.join(source, name),
    configFile: false,
    swcrc: false,
    module: { type: 'commonjs' },
    jsc: {
      target: 'es2023',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      keepClassNames: true,
    },
  });
  const target = path.join(folder, name.replace(/\.ts$/, '.js'));
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, code);
}
