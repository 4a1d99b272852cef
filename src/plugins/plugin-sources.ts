import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform as compileDecorators, type Options } from '@swc/core';
import {
  transform,
  type Loader,
  type OnLoadResult,
  type PartialMessage,
  type Plugin as EsbuildPlugin,
} from 'esbuild';

/** Each file's own, under one free name that `defines` maps the usual words to; esbuild renames the copies. */
const FILE = '__gatehouse_file';

export const defines: Readonly<Record<string, string>> = {
  'import.meta': FILE,
  'import.meta.url': `${FILE}.url`,
  'import.meta.dirname': `${FILE}.dirname`,
  'import.meta.filename': `${FILE}.filename`,
  __dirname: `${FILE}.dirname`,
  __filename: `${FILE}.filename`,
};

/**
 * Prepares sources for esbuild: decorators of the plugin's own files go through swc, which emits the types that
 * injection reads (esbuild cannot), and a file that asks where it stands is told so, not where the bundle stands.
 */
export function pluginSources(folder: string): EsbuildPlugin {
  return {
    name: 'gatehouse-sources',
    setup: (build) => {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        const decorated = /@[A-Za-z_$]/.test(text) && !isDependency(folder, path);
        const asks = /\b__dirname\b|\b__filename\b|\bimport\.meta\b/.test(text);
        if (!decorated && !asks) return undefined;
        const loaded = decorated ? await withoutDecorators(path, text) : { contents: text };
        if (asks && typeof loaded.contents === 'string') loaded.contents = withPlace(path, loaded.contents);
        return { loader: loaderOf(path), ...loaded };
      });
    },
  };
}

function isDependency(folder: string, path: string): boolean {
  return relative(folder, path).split(sep).includes('node_modules');
}

function loaderOf(path: string): Loader {
  return extname(path).replace(/[cm]/, '').slice(1) as Loader;
}

/** On the first line, so that line numbers stay. */
function withPlace(path: string, text: string): string {
  const place = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
  return `var ${FILE} = ${JSON.stringify(place)}; ${text.replace(/^#!/, '//')}`;
}

async function withoutDecorators(path: string, text: string): Promise<OnLoadResult> {
  try {
    const { code } = await compileDecorators(text, swcOptions(path));
    return { contents: code };
  } catch (error) {
    return { errors: [await syntaxError(path, text, String((error as Error).message))] };
  }
}

function swcOptions(path: string): Options {
  return {
    filename: path,
    swcrc: false,
    configFile: false,
    sourceMaps: 'inline',
    inlineSourcesContent: false,
    jsc: {
      target: 'es2022',
      // JavaScript too: so it may decorate parameters, and stand decorators before `export`.
      parser: { syntax: 'typescript', decorators: true, tsx: path.endsWith('x') },
      transform: {
        legacyDecorator: true,
        decoratorMetadata: true,
        useDefineForClassFields: false,
        // In JavaScript an import that nothing uses still runs the module.
        verbatimModuleSyntax: !/\.[cm]?tsx?$/.test(path),
        react: { runtime: 'preserve' },
      },
      keepClassNames: true,
      externalHelpers: false,
    },
  };
}

/** esbuild's words for it where it sees the fault too: they carry line and column, swc's a drawing. */
async function syntaxError(path: string, text: string, fallback: string): Promise<PartialMessage> {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
  try {
    await transform(text, { loader: loaderOf(path), sourcefile: path, logLevel: 'silent', tsconfigRaw });
  } catch (error) {
    const [first] = (error as { errors?: PartialMessage[] }).errors ?? [];
    if (first !== undefined) return first;
  }
  const [head = fallback] = fallback.split('\n');
  return { text: head.replace(/^\s*x\s*/, ''), location: { file: basename(path) } };
}
