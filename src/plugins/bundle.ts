import { basename, dirname, relative, resolve } from 'node:path';
import { build, type BuildFailure, type Message } from 'esbuild';
import type { EntrySource } from '../core/dialect';
import { HostError } from '../core/errors';
import { ENTRY, folderModules, GLOBALS } from './folder-modules';
import type { HostModules } from './host-modules';
import { defines, pluginSources } from './plugin-sources';

export interface Bundle {
  readonly code: string;
  /** A source map whose sources are relative to `mapFile`. */
  readonly map: Uint8Array;
  readonly mapFile: string;
  /** Every file that went in, absolute. */
  readonly files: readonly string[];
}

/**
 * Bundles a plugin, in memory, into code without import or export: it hands its entry's exports to
 * `__gatehouse_export` and takes what is outside from `__gatehouse_host`. Paths have their links resolved. `given` stands for a
 * folder without an entry, which takes nothing from outside.
 * @throws plugin/load-failed whose cause lists every fault as `file:line:column: text`
 */
export async function bundlePlugin(
  folder: string,
  entry: string,
  host: HostModules,
  given?: EntrySource,
): Promise<Bundle> {
  const from = given === undefined ? entry : ENTRY;
  const contents = `import * as entry from ${JSON.stringify(from)}; __gatehouse_export(entry);`;
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents, resolveDir: folder },
      absWorkingDir: folder,
      // Sources in the map are relative to it.
      outdir: folder,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      charset: 'utf8',
      legalComments: 'none',
      keepNames: true,
      sourcemap: 'external',
      sourcesContent: false,
      metafile: true,
      logLevel: 'silent',
      define: { ...defines },
      inject: given?.globals === undefined ? [] : [GLOBALS],
      // What such a folder imports by a name that is only known when it runs is asked of its `require`, which refuses.
      supported: given === undefined ? {} : { 'dynamic-import': false },
      plugins: [given === undefined ? host.plugin : folderModules(folder, given), pluginSources(folder)],
    });
    const code = outputFiles.find(({ path }) => path.endsWith('.js'));
    const map = outputFiles.find(({ path }) => path.endsWith('.map'));
    if (code === undefined || map === undefined) throw new Error('esbuild wrote no code or no map');
    const files = Object.keys(metafile.inputs).filter((name) => !/^(?:<stdin>$|[\w-]+:)/.test(name));
    return {
      code: code.text,
      map: map.contents,
      mapFile: map.path,
      files: files.map((name) => resolve(folder, name)),
    };
  } catch (error) {
    throw new HostError('plugin/load-failed', [nameOf(folder, entry)], { cause: readable(folder, error) });
  }
}

/** An entry as messages name it: from the plugin's folder on. */
export function nameOf(folder: string, entry: string): string {
  return relative(dirname(folder), entry);
}

function readable(folder: string, error: unknown): unknown {
  const { errors } = error as Partial<BuildFailure>;
  if (!Array.isArray(errors)) return error;
  const cause = new Error(errors.map((message: Message) => faultOf(folder, message)).join('\n'));
  cause.name = 'CompileError';
  cause.stack = `CompileError: ${cause.message}`;
  return cause;
}

function faultOf(folder: string, { text, location }: Message): string {
  const missing = /^Could not resolve "([^"./][^"]*)"/.exec(text);
  const hint = missing
    ? `; is it in the plugin's own node_modules? Run npm install in ${basename(folder)}`
    : '';
  const words = text.replaceAll(`${folder}/`, '') + hint;
  if (location === null) return words;
  const file = relative(folder, resolve(folder, location.file));
  return `${file}:${location.line}:${location.column + 1}: ${words}\n    ${location.lineText.trim()}`;
}
