import winston from 'winston';
import type { Alias, Declaration, Effect, Endpoint, Task } from '../../src/core/declaration';
import { LiveMount } from '../../src/core/live-mount';
import { buildMount, type Mount } from '../../src/core/mount';
import { parsePluginKey, type PluginKey } from '../../src/core/plugin-key';
import { STANDARD_RETRY } from '../../src/core/retry';
import { Scope } from '../../src/core/scope';

export function keyOf(text: string): PluginKey {
  const key = parsePluginKey(text);
  if (key === undefined) throw new Error(`${text} is no key`);
  return key;
}

export function endpointOf(path: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    kind: 'endpoint',
    origin: { dialect: 'test', where: `endpoint(${more.method ?? 'GET'} ${path})` },
    method: 'GET',
    path,
    reach: 'exact',
    access: 'public',
    body: { kind: 'auto' },
    answer: 'handler',
    record: false,
    retry: STANDARD_RETRY,
    aliases: [],
    serve: { handle: () => undefined },
    ...more,
  };
}

export function aliasOf(base: string, path: string, share: Alias['share'] = 'all'): Alias {
  return { base, path, share };
}

export const taskOf = (name: string): Task => ({
  kind: 'task',
  origin: { dialect: 'test', where: `task(${name})` },
  name,
  retry: STANDARD_RETRY,
  timeoutMs: 1_000,
  run: () => undefined,
});

export const effectOf = (label: string): Effect => ({
  kind: 'effect',
  origin: { dialect: 'test', where: label },
  label,
  start: () => undefined,
});

export function mountOf(key: string, declarations: Iterable<Declaration> = []): Mount {
  const [author = '', module = ''] = key.split('.');
  return buildMount(
    keyOf(key),
    { author, module, name: key, version: '1.0.0', description: '' },
    declarations,
  );
}

export interface LoggedLine {
  readonly message: string;
  readonly stack?: string;
}

/** A generation with a real logger whose lines can be read. */
export function liveOf(mount: Mount, generation = 1): { live: LiveMount; lines: LoggedLine[]; scope: Scope } {
  const lines: LoggedLine[] = [];
  const format = winston.format((info) => {
    lines.push(info as unknown as LoggedLine);
    return false;
  });
  const logger = winston.createLogger({ format: format(), transports: [new winston.transports.Console()] });
  const scope = new Scope();
  return {
    live: new LiveMount(mount, generation, scope, logger, (stack) => `mapped: ${stack}`),
    lines,
    scope,
  };
}
