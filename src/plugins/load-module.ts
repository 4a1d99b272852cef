import { realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { actorNamed, callFor, type Actor } from '../core/actor';
import type { EntrySource } from '../core/dialect';
import { HostError, isHostError, toError } from '../core/errors';
import { bundlePlugin, nameOf } from './bundle';
import { compileBundle } from './compile';
import { createPluginContainer } from './container';
import { explainPathError } from './express-path';
import { HostModules } from './host-modules';
import { rememberLoad } from './loaded-exports';
import { refuseRequire } from './folder-modules';
import { createPluginTimers } from './plugin-timers';
import { SourcePositions } from './source-positions';

export interface ModuleRequest {
  /** Absolute path of the entry file; the folder's own, where `source` stands for it. */
  readonly entry: string;
  /** Instead of an entry file. */
  readonly source?: EntrySource | undefined;
  /** Absolute path of the plugin's folder; for a single file, the folder it stands in. */
  readonly folder: string;
  /** The parsed package.json; `gatehouse.external` names packages that stay outside the bundle. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** The host's copy of `gatehouse`, `gatehouse/…` (and, to override, of any shared module), else undefined. */
  readonly modules: (name: string) => unknown;
  /** Gives an import up: the promise rejects with its reason and what was loaded is forgotten. */
  readonly signal?: AbortSignal;
  /** Whose code it is. Default: an actor with the entry's name. */
  readonly actor?: Actor;
}

export interface LoadedModule {
  /** The entry's exports, as live bindings. */
  readonly exports: Readonly<Record<string, unknown>>;
  /** Rewrites the positions of a stack to the plugin's own sources. */
  mapStack(stack: string): string;
  /** Every file that went in, absolute: what a watcher should watch. */
  readonly files: readonly string[];
  /** Forgets what the module registered, so that it can be collected. */
  dispose(): void;
}

let loads = 0;

/**
 * Loads one version of a plugin, never a cached one: bundled in memory, compiled as one async function, collectable
 * once disposed and let go. An import that never settles keeps the promise pending until `signal` aborts.
 * @throws plugin/load-failed (its cause: what is wrong with the sources, or what they threw, stack mapped)
 * @throws any HostError the module's own code raised
 */
export async function loadModule(request: ModuleRequest): Promise<LoadedModule> {
  const [folder, entry] = await placeOf(request);
  const require = request.source === undefined ? createRequire(entry) : refuseRequire;
  const plugins = createPluginContainer();
  const host = new HostModules({
    folder,
    external: externalNames(request.manifest),
    modules: (name) => (name === 'tsyringe' ? plugins.module : request.modules(name)),
    require,
  });
  const bundle = await bundlePlugin(folder, entry, host, request.source);
  request.signal?.throwIfAborted();
  // Unlike any file's name, and unlike that of another generation: a stack finds the right map.
  const filename = `${entry}#${(loads += 1)}`;
  const positions = new SourcePositions(filename, bundle.map, bundle.mapFile);
  try {
    const code = { text: bundle.code, filename, actor: request.actor ?? actorNamed(entry) };
    const loaded = await run(code, host, require, request.signal);
    const mapStack = (stack: string) => positions.mapStack(stack);
    rememberLoad(loaded, { container: plugins, mapStack });
    return {
      exports: loaded,
      mapStack,
      files: bundle.files,
      dispose: () => plugins.dispose(),
    };
  } catch (thrown) {
    plugins.dispose();
    throw refusal(thrown, nameOf(folder, entry), positions, request.signal);
  }
}

async function placeOf({ folder, entry }: ModuleRequest): Promise<[folder: string, entry: string]> {
  try {
    return await Promise.all([realpath(folder), realpath(entry)]);
  } catch (cause) {
    throw new HostError('plugin/load-failed', [nameOf(folder, entry)], { cause });
  }
}

async function run(
  code: { readonly text: string; readonly filename: string; readonly actor: Actor },
  host: HostModules,
  require: NodeJS.Require,
  signal: AbortSignal | undefined,
): Promise<Record<string, unknown>> {
  let handedOut: Record<string, unknown> | undefined;
  const handOut = (namespace: Record<string, unknown>) => {
    handedOut = namespace;
  };
  const { text, filename, actor } = code;
  const evaluated = callFor(
    actor,
    compileBundle(text, filename),
    handOut,
    host.provide,
    require,
    Reflect,
    ...createPluginTimers(actor),
  );
  await (signal === undefined ? evaluated : untilAborted(evaluated, signal));
  if (handedOut === undefined) throw new Error('the module ended without handing out its exports');
  return handedOut;
}

async function untilAborted(work: PromiseLike<void>, signal: AbortSignal): Promise<void> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(toError(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function refusal(thrown: unknown, where: string, positions: SourcePositions, signal?: AbortSignal): Error {
  if (signal?.aborted === true && thrown === signal.reason) return toError(thrown);
  const error = withStack(toError(thrown), (stack) => positions.mapStack(stack));
  if (isHostError(error)) return error;
  return explainPathError(error, where) ?? new HostError('plugin/load-failed', [where], { cause: error });
}

function withStack(error: Error, map: (stack: string) => string): Error {
  const stack = map(String(error.stack ?? error.message));
  try {
    return Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true });
  } catch {
    const copy = new Error(error.message); // the plugin threw a frozen object
    copy.stack = stack;
    return copy;
  }
}

function externalNames(manifest: Readonly<Record<string, unknown>> | undefined): string[] {
  const section = manifest?.['gatehouse'];
  const names =
    typeof section === 'object' && section !== null && 'external' in section ? section.external : [];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string' && name !== '') : [];
}
