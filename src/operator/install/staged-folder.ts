import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { HostError, isHostError } from '../../core/errors';
import type { Environment } from '../../core/settings-variables';
import { NPM_FLAGS } from './npm-flags';
import { requireOwnLinks } from './own-links';
import { readPluginManifest, type PluginManifest } from './plugin-manifest';
import { writeOrigin, type PluginOrigin } from './plugin-origin';
import type { PluginSource } from './plugin-source';
import { runProgram } from './program';

export type FolderSource = Exclude<PluginSource, { readonly kind: 'npm' }>;

/** A plugin as it is to stand in its folder, beside it: nothing that looks for plugins sees it there. */
export interface StagedFolder {
  readonly manifest: PluginManifest;
  readonly origin: PluginOrigin;
  /** Puts it in `place`, in place of what is there. Answers how to put that back; until `discard` it is kept. */
  swapInto(place: string): Promise<() => Promise<void>>;
  /** Removes what was staged, and what it replaced. */
  discard(): Promise<void>;
}

/**
 * Fetches the plugin, checks what it says of itself and installs what it depends on, without running a script of anybody's.
 * @throws install/program-failed, install/not-a-plugin, install/unfit-version, install/bad-source; then nothing is left
 */
export async function stageFolder(
  source: FolderSource,
  parent: string,
  env: Environment,
): Promise<StagedFolder> {
  await mkdir(parent, { recursive: true });
  const staging = await mkdtemp(path.join(parent, '.gatehouse-'));
  const discard = () => rm(staging, { recursive: true, force: true });
  const tree = path.join(staging, 'tree');
  try {
    const shown = source.kind === 'git' ? source.url : source.folder;
    const origin =
      source.kind === 'git' ? await clone(source, tree, env) : await copy(source.folder, tree, parent);
    if ((await readdir(tree)).length === 0)
      throw new HostError('install/not-a-plugin', [shown, 'it is empty']);
    await requireOwnLinks(tree, shown);
    await removeNpmSettings(tree);
    const manifest = await readPluginManifest(tree, shown);
    if (manifest.hasDependencies) await installDependencies(tree, env);
    await writeOrigin(tree, origin);
    return {
      manifest,
      origin,
      discard,
      swapInto: (place) => swap(tree, place, path.join(staging, 'before')),
    };
  } catch (thrown) {
    await discard();
    throw thrown;
  }
}

async function clone(
  { url, ref }: Extract<FolderSource, { readonly kind: 'git' }>,
  tree: string,
  env: Environment,
): Promise<PluginOrigin> {
  const options = { cwd: path.dirname(tree), env };
  const hooks = ['-c', 'core.hooksPath=/dev/null'];
  await runProgram('git', ['clone', '--quiet', '--no-checkout', ...hooks, '--', url, tree], options);
  const commit = await commitOf(tree, ref, env);
  await runProgram('git', ['checkout', '--quiet', '--detach', commit], { cwd: tree, env });
  await rm(path.join(tree, '.git'), { recursive: true, force: true });
  return { kind: 'git', url, ref, commit };
}

/** A branch as its remote has it, a tag, or a commit, in this order. */
async function commitOf(tree: string, ref: string | undefined, env: Environment): Promise<string> {
  const names = ref === undefined ? ['HEAD'] : [`refs/remotes/origin/${ref}`, `refs/tags/${ref}`, ref];
  let refusal: unknown;
  for (const name of names)
    try {
      const args = ['rev-parse', '--verify', '--end-of-options', `${name}^{commit}`];
      const printed = await runProgram('git', args, { cwd: tree, env });
      return printed.trim().split('\n').at(-1) ?? '';
    } catch (thrown) {
      if (!isHostError(thrown)) throw thrown;
      refusal = thrown;
    }
  throw new HostError('install/bad-source', [ref ?? 'HEAD', 'there is no such branch, tag or commit'], {
    cause: refusal,
  });
}

async function copy(folder: string, tree: string, parent: string): Promise<PluginOrigin> {
  if (parent === folder || parent.startsWith(folder + path.sep))
    throw new HostError('install/bad-source', [folder, 'plugins are kept inside it']);
  // Links stay what they are, and are looked at afterwards.
  const filter = (from: string) => !['.git', 'node_modules'].includes(path.basename(from));
  await cp(folder, tree, { recursive: true, verbatimSymlinks: true, filter });
  return { kind: 'folder', folder };
}

/**
 * `.npmrc` names programs and registries, and npm would run and ask them: the operator's own says that. Lockfiles stay: they say
 * nothing that package.json may not.
 */
async function removeNpmSettings(tree: string): Promise<void> {
  // File systems that take either case for the other are npm's, too.
  for (const name of await readdir(tree))
    if (name.toLowerCase() === '.npmrc') await rm(path.join(tree, name), { recursive: true, force: true });
}

async function installDependencies(tree: string, env: Environment): Promise<void> {
  const verb = existsSync(path.join(tree, 'package-lock.json')) ? 'ci' : 'install';
  await runProgram('npm', [verb, '--prefix', tree, '--omit=dev', ...NPM_FLAGS], { cwd: tree, env });
}

async function swap(tree: string, place: string, before: string): Promise<() => Promise<void>> {
  const wasThere = existsSync(place);
  if (wasThere) await rename(place, before);
  try {
    await rename(tree, place);
  } catch (thrown) {
    if (wasThere) await rename(before, place);
    throw thrown;
  }
  return async () => {
    await rm(place, { recursive: true, force: true });
    if (wasThere) await rename(before, place);
  };
}
