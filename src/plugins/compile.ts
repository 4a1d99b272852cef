import { setFlagsFromString } from 'node:v8';
import { compileFunction, constants } from 'node:vm';
import { TIMER_NAMES, type PluginTimers } from './plugin-timers';

/** What a compiled bundle is called with, in this order; the names stand free in its code. */
const PARAMETERS = ['__gatehouse_export', '__gatehouse_host', 'require', 'Reflect', ...TIMER_NAMES] as const;

export type CompiledBundle = (
  handOut: (namespace: Record<string, unknown>) => void,
  host: (specifier: string) => unknown,
  require: NodeJS.Require,
  reflect: typeof Reflect,
  ...timers: PluginTimers
) => PromiseLike<void>;

const HEAD = '"use strict";return (async () => {';

/**
 * Compiles a bundle as the body of an async function, so that top-level await works and an old version can be
 * collected. `filename` shows in stacks, with the bundle's own lines and columns.
 */
export function compileBundle(code: string, filename: string): CompiledBundle {
  // Asked for only where needed: it prints an ExperimentalWarning, and what it imports is cached for ever.
  const imports = code.includes('import(')
    ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }
    : {};
  // V8's compilation cache would keep every version's source. The switch is process-wide but nothing else
  // compiles in between; a Node release that drops the flag costs memory only.
  setFlagsFromString('--no-compilation-cache');
  try {
    return compileFunction(`${HEAD}${code}\n})()`, PARAMETERS, {
      filename,
      columnOffset: -HEAD.length,
      ...imports,
    }) as CompiledBundle;
  } finally {
    setFlagsFromString('--compilation-cache');
  }
}
