import type { Router } from 'express';
import type { Endpoint } from '../core/declaration';
import { HostError, toError } from '../core/errors';
import {
  GATE_RULES,
  gateIssues,
  gateParts,
  QUOTA_RULES,
  type GateOptions,
  type QuotaOptions,
} from '../core/gate-options';
import type { PluginKey } from '../core/plugin-key';
import { STANDARD_RETRY } from '../core/retry';
import { explainPathError } from './express-path';
import { aFunction, checkOptions, count, ROUTER_RULES, shaped } from '../core/option-issues';

export interface RouterOptions extends Pick<GateOptions, 'access'> {
  /** Where the Router begins inside the plugin. Default `/`. */
  readonly path?: string | undefined;
  /**
   * `bodyBytes`: a larger body is refused with 413, however the Router reads it; default: none but the Router's own. The
   * rest is how often the Router may be asked.
   */
  readonly limits?: ({ readonly bodyBytes?: number | undefined } & QuotaOptions) | undefined;
}

const RULES = {
  ...ROUTER_RULES,
  access: GATE_RULES.access,
  limits: shaped({ bodyBytes: count, ...QUOTA_RULES }),
};

/** @throws mount/invalid listing everything wrong with the arguments */
export function checkRouter(key: PluginKey, where: string, factory: unknown, options: unknown): void {
  const issue = aFunction(factory);
  checkOptions(key, where, options, RULES, [
    ...gateIssues(options),
    issue === undefined ? undefined : `the factory ${issue} that returns an Express Router`,
  ]);
}

/**
 * Runs the factory: its Router, mounted whole, as core knows it.
 * @throws mount/no-router, plugin/express-path, and what the factory throws
 */
export function routerDeclaration(where: string, factory: () => unknown, options: RouterOptions): Endpoint {
  const router = routerFrom(where, factory);
  return {
    kind: 'endpoint',
    origin: { dialect: 'native', where },
    method: 'ALL',
    path: options.path ?? '/',
    reach: 'subtree',
    ...gateParts(options),
    body: {
      kind: 'stream',
      ...(options.limits?.bodyBytes !== undefined && { limitBytes: options.limits.bodyBytes }),
    },
    answer: 'handler',
    retry: STANDARD_RETRY,
    aliases: [],
    serve: { router, owns: (path) => hasRoute(router, path) },
  };
}

function routerFrom(where: string, factory: () => unknown): Router {
  let made: unknown;
  try {
    made = factory();
  } catch (thrown) {
    throw explainPathError(toError(thrown), where) ?? thrown;
  }
  if (isRouter(made)) return made;
  throw new HostError('mount/no-router', [where, describe(made)]);
}

/** By shape: the plugin may have made it with an Express of its own. */
function isRouter(value: unknown): value is Router {
  return typeof value === 'function' && Array.isArray((value as { stack?: unknown }).stack);
}

function describe(value: unknown): string {
  if (typeof value === 'function') {
    return typeof (value as { listen?: unknown }).listen === 'function'
      ? 'a whole Express app'
      : 'a function';
  }
  if (typeof value !== 'object' || value === null) return value === undefined ? 'nothing' : String(value);
  const { then } = value as { then?: unknown };
  if (typeof then !== 'function') return 'an object that is no Router';
  Promise.resolve(value as PromiseLike<unknown>).catch(() => undefined); // refused here; not unhandled as well
  return 'a promise (it cannot be async: await at the top of the module instead)';
}

interface Layer {
  readonly route?: { readonly path?: unknown };
  readonly handle?: unknown;
  readonly slash?: boolean;
  readonly rawPath?: unknown;
}

/**
 * True when the Router, or one it mounts at a literal path, has a route at exactly `path`. Reads Express's own
 * tables (router 2.3: `stack`, `rawPath`), where anything unexpected means no.
 */
function hasRoute(router: unknown, path: string, depth = 0): boolean {
  if (!isRouter(router) || depth > 8) return false;
  const { caseSensitive } = router as { caseSensitive?: boolean };
  const same = (text: string) => {
    const trimmed = text.replace(/(?<=[^/])\/$/, '') || '/';
    return caseSensitive === true ? trimmed : trimmed.toLowerCase();
  };
  return (router.stack as unknown as Layer[]).some((layer) => {
    if (layer.route !== undefined)
      return literals(layer.route.path).some((text) => same(text) === same(path));
    const prefixes = layer.slash === true ? ['/'] : literals(layer.rawPath).map(same);
    return prefixes.some((prefix) => {
      const inner = below(same(prefix), same(path), path);
      return inner !== undefined && hasRoute(layer.handle, inner, depth + 1);
    });
  });
}

function below(prefix: string, compared: string, path: string): string | undefined {
  if (prefix === '/') return path;
  if (compared === prefix) return '/';
  return compared.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

/** Paths without any pattern; an array counts for each of its own. */
function literals(path: unknown): string[] {
  return [path]
    .flat(8)
    .filter((text): text is string => typeof text === 'string' && !/[:*{}()[\]\\?+!]/.test(text));
}
