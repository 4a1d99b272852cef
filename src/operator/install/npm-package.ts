import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HostError } from '../../core/errors';
import type { Environment } from '../../core/settings-variables';
import { NPM_FLAGS } from './npm-flags';
import { readPluginManifest, type PluginManifest } from './plugin-manifest';
import { runProgram } from './program';

export interface NpmParts {
  /** Whose `node_modules` it is. */
  readonly cwd: string;
  readonly env: Environment;
}

/** A package that was looked at; nothing is changed yet. */
export interface CheckedPackage {
  readonly name: string;
  readonly manifest: PluginManifest;
  /** What installs exactly this again. */
  readonly pinned: string;
}

/**
 * Installs a package into a folder of its own and reads what it says of itself. @throws install/program-failed,
 * install/not-a-plugin without the keyword, install/unfit-version
 */
export async function checkPackage(spec: string, { env }: NpmParts): Promise<CheckedPackage> {
  const staging = await mkdtemp(path.join(tmpdir(), 'gatehouse-npm-'));
  try {
    await writeFile(path.join(staging, 'package.json'), '{}');
    await runProgram('npm', ['install', '--prefix', staging, ...NPM_FLAGS, spec], { cwd: staging, env });
    const name = Object.keys(await dependenciesOf(staging))[0] ?? spec;
    const manifest = await readPluginManifest(path.join(staging, 'node_modules', name), spec);
    if (!manifest.isPlugin)
      throw new HostError('install/not-a-plugin', [
        spec,
        'its package.json has no keyword "gatehouse-plugin"',
      ]);
    const isArchive = /\.(?:tgz|tar\.gz)$/.test(spec);
    return { name, manifest, pinned: isArchive ? spec : `${name}@${manifest.version ?? ''}` };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Installs it, exactly as it was checked. Answers how to put back what was there. @throws install/program-failed, and then nothing changed */
export function installPackage({ pinned }: CheckedPackage, parts: NpmParts): Promise<() => Promise<void>> {
  return changing(parts, ['install', '--save-exact', pinned]);
}

/** @throws install/program-failed, and then nothing changed */
export async function removePackage(name: string, parts: NpmParts): Promise<void> {
  await changing(parts, ['uninstall', name]);
}

/** What the working folder depends on, versions by name. */
export async function dependenciesOf(cwd: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(path.join(cwd, 'package.json'), 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { dependencies?: Record<string, string> }).dependencies ?? {};
}

/** npm says which packages there are by these two files; where it failed midway, they and `node_modules` go back. */
async function changing(
  { cwd, env }: NpmParts,
  [verb = '', ...args]: readonly string[],
): Promise<() => Promise<void>> {
  const files = ['package.json', 'package-lock.json'].map((name) => path.join(cwd, name));
  const before = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)));
  const putBack = async () => {
    for (const [index, file] of files.entries()) {
      const bytes = before[index];
      if (bytes === undefined) await rm(file, { force: true });
      else await writeFile(file, bytes);
    }
  };
  const run = (...given: string[]) =>
    runProgram('npm', [...given, '--prefix', cwd, ...NPM_FLAGS], { cwd, env });
  try {
    await run(verb, ...args);
  } catch (thrown) {
    await putBack();
    throw thrown;
  }
  return async () => {
    await putBack();
    if (before[0] === undefined) await rm(path.join(cwd, 'node_modules'), { recursive: true, force: true });
    else await run('install');
  };
}
