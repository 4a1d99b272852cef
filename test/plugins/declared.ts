import type { Declaration, Effect, Endpoint } from '../../src/core/declaration';
import { isHostError, type ErrorCode } from '../../src/core/errors';
import { Scope } from '../../src/core/scope';
import { nativeDialect } from '../../src/plugins/native-dialect';
import { PluginBase } from '../../src/plugins/plugin';
import { PLUGIN } from '../../src/plugins/plugin-reading';
import { loadFiles } from './authoring';
import { keptServices } from './services';

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: 'x' };

/** Of a plugin that was written here. */
export const createPlugin = (): PluginBase => new PluginBase(info);

/** What a plugin declares, once. */
export function declarationsOf(plugin: PluginBase): Declaration[] {
  plugin[PLUGIN].bind(keptServices());
  return [...plugin[PLUGIN].translate()];
}

export function endpointsOf(plugin: PluginBase): Endpoint[] {
  return declarationsOf(plugin).filter((declaration) => declaration.kind === 'endpoint');
}

/** What a plugin that comes from files declares. */
export async function readFiles(
  files: Readonly<Record<string, string>>,
  folder = '/x',
): Promise<Declaration[]> {
  const { exports } = await loadFiles(files);
  const recognised = nativeDialect.recognise({ folder, manifest: {}, module: exports });
  recognised?.bind(keptServices());
  return [...(recognised?.translate() ?? [])];
}

export async function startEffects(declarations: readonly Declaration[]): Promise<void> {
  const scope = new Scope();
  for (const declaration of declarations)
    if (declaration.kind === 'effect') await (declaration as Effect).start(scope);
}

/** The host's error that a call raises. */
export async function refusalOf(
  call: () => unknown,
): Promise<{ readonly code: ErrorCode; readonly message: string; readonly cause?: unknown }> {
  try {
    await call();
  } catch (thrown) {
    if (isHostError(thrown)) return thrown;
    throw thrown;
  }
  throw new Error('it was accepted');
}
