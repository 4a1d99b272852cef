import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type {
  OnResolveArgs,
  OnResolveResult,
  PartialMessage,
  Plugin as EsbuildPlugin,
  PluginBuild,
} from 'esbuild';
import type { EntrySource } from '../core/dialect';
import { isWithin } from './plugin-entry';

/** What a bundle imports for the entry that stands in for a file, and for its globals. */
export const ENTRY = 'gatehouse-entry';
export const GLOBALS = 'gatehouse-globals';

const NAMESPACE = 'gatehouse-folder';
const ASKED = Symbol('asked');
const ONLY_FILES = 'files of this folder import only one another, by relative paths';

/**
 * Resolves the modules of a folder without an entry: those the dialect gives, and of files only the folder's own, named
 * relatively and with links followed; no packages, no modules of Node or of the host, no native addons.
 */
export function folderModules(folder: string, given: EntrySource): EsbuildPlugin {
  return {
    name: NAMESPACE,
    setup: (build) => {
      build.onResolve({ filter: new RegExp(`^(?:${ENTRY}|${GLOBALS})$`) }, ({ path: name, importer }) =>
        // A file could name them too; they are not for it.
        importer === '' || importer === '<stdin>' ? { path: name, namespace: NAMESPACE } : undefined,
      );
      build.onResolve({ filter: /.*/ }, (args) => resolveOwn(build, folder, args));
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path: name }) => ({
        contents: name === ENTRY ? given.source : (given.globals ?? ''),
        loader: 'js',
        resolveDir: folder,
      }));
    },
  };
}

/** What stands for `require` in such a folder's code, where esbuild could not follow it. */
export const refuseRequire = ((name: unknown) => {
  throw new Error(`require(${JSON.stringify(String(name))}): ${ONLY_FILES}`);
}) as unknown as NodeJS.Require;

async function resolveOwn(
  build: PluginBuild,
  folder: string,
  { path: name, kind, importer, namespace, resolveDir, pluginData }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  if (pluginData === ASKED || kind === 'entry-point') return undefined;
  if (!/^\.\.?(?:\/|$)/.test(name)) return refused(name, ONLY_FILES);
  const found = await build.resolve(name, { kind, importer, namespace, resolveDir, pluginData: ASKED });
  if (found.errors.length > 0) return { errors: found.errors as PartialMessage[] };
  const file = found.namespace === 'file' ? await realpath(found.path).catch(() => undefined) : undefined;
  if (file === undefined || !isWithin(folder, file))
    return refused(name, `it lies outside the folder; ${ONLY_FILES}`);
  if (path.relative(folder, file).split(path.sep).includes('node_modules'))
    return refused(name, `it is an installed package; ${ONLY_FILES}`);
  return { path: file };
}

function refused(name: string, why: string): OnResolveResult {
  return { errors: [{ text: `"${name}" cannot be imported: ${why}` }] };
}
