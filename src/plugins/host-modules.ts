import 'reflect-metadata';
import { builtinModules, createRequire } from 'node:module';
import { relative, sep } from 'node:path';
import type { OnResolveArgs, OnResolveResult, Plugin as EsbuildPlugin } from 'esbuild';

/** Shared with the plugin's own sources, one copy with the host; `gatehouse/*` too. */
const SHARED = ['gatehouse', 'express', 'tsyringe', 'reflect-metadata', 'winston', 'zod'];
/** Shared even inside the plugin's node_modules, where the others may rightly be of another version. */
const SHARED_EVERYWHERE = ['gatehouse', 'tsyringe', 'reflect-metadata'];

const HOST = 'gatehouse-host';

export interface HostModulesOptions {
  /** The plugin's folder, links resolved. */
  readonly folder: string;
  /** The host's copy of a shared module; undefined when it has none of that name. */
  readonly modules: (name: string) => unknown;
  /** Packages the plugin's own `require` loads instead of the bundle: native addons, asset folders. */
  readonly external: readonly string[];
  readonly require: NodeJS.Require;
}

/** What stands outside a bundle: modules of the host and of Node, and what the plugin asked to keep out. */
export class HostModules {
  readonly #options: HostModulesOptions;
  readonly #given = new Map<string, unknown>();

  constructor(options: HostModulesOptions) {
    this.#options = options;
  }

  /** The module behind a specifier of the bundle; what it calls as `__gatehouse_host(specifier)`. */
  readonly provide = (specifier: string): unknown => {
    return this.#given.has(specifier) ? this.#given.get(specifier) : this.#options.require(specifier);
  };

  /** Resolves those specifiers to `__gatehouse_host` calls, dynamic imports included. */
  readonly plugin: EsbuildPlugin = {
    name: HOST,
    setup: (build) => {
      const { external } = this.#options;
      const aside = { namespace: HOST, sideEffects: true };
      build.onResolve({ filter: oneOf(SHARED, ['gatehouse']) }, (args) => this.#shared(args));
      build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, ...aside }));
      build.onResolve({ filter: oneOf(builtinModules) }, ({ path }) => ({ path, ...aside }));
      if (external.length > 0)
        build.onResolve({ filter: oneOf(external, external) }, ({ path }) => ({ path, ...aside }));
      build.onResolve({ filter: /\.node$/ }, async ({ path, resolveDir, kind, pluginData }) => {
        if (pluginData === HOST) return undefined;
        const found = await build.resolve(path, { resolveDir, kind, pluginData: HOST });
        return found.errors.length > 0 ? { errors: found.errors } : { path: found.path, ...aside };
      });
      build.onLoad({ filter: /.*/, namespace: HOST }, ({ path }) => ({
        contents: `module.exports = __gatehouse_host(${JSON.stringify(path)})`,
      }));
    },
  };

  #shared({ path: name, importer }: OnResolveArgs): OnResolveResult | undefined {
    if (!isShared(name, SHARED_EVERYWHERE) && !this.#isOwnSource(importer)) return undefined;
    // Asked once: some modules are made for this load, and every file shall get the same.
    const given = this.#given.get(name) ?? this.#options.modules(name) ?? ownCopy(name);
    if (given === undefined)
      return isShared(name, ['gatehouse'])
        ? { errors: [{ text: `The host has no module "${name}"` }] }
        : undefined;
    this.#given.set(name, given);
    return { path: name, namespace: HOST };
  }

  #isOwnSource(importer: string): boolean {
    const inside = relative(this.#options.folder, importer);
    const path = inside.startsWith('..') ? importer : inside;
    return !path.split(sep).includes('node_modules');
  }
}

function isShared(name: string, names: readonly string[]): boolean {
  return names.includes(name) || (name.startsWith('gatehouse/') && names.includes('gatehouse'));
}

/** The host's copy of a package; `gatehouse` and `tsyringe` are not such: the caller makes them. */
function ownCopy(name: string): unknown {
  if (name === 'reflect-metadata') return {};
  return ['express', 'winston', 'zod'].includes(name) ? createRequire(__filename)(name) : undefined;
}

/** Matches each name, and below `parents` their subpaths too. Written for esbuild: Go's syntax, no lookahead. */
function oneOf(names: readonly string[], parents: readonly string[] = []): RegExp {
  const escaped = (list: readonly string[]) => list.map((name) => name.replace(/[^\w/-]/g, '\\$&'));
  const below = escaped(parents).map((name) => `${name}/.*`);
  return new RegExp(`^(?:${[...escaped(names), ...below].join('|')})$`);
}
