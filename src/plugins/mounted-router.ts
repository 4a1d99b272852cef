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
import { routerReading, type MountableRouter } from './api-router';
import { routerEndpoints } from './api-router-endpoints';
import { explainPathError } from './express-path';
import { hasRoute, isRouter, routesOf } from './mounted-router-tables';
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
    issue === undefined ? undefined : `the factory ${issue} that returns a router`,
  ]);
}

/** What `mountRouter` takes from a factory: an Express Router, or what `createRouter()` made. */
export type AnyRouter = Router | MountableRouter;

/**
 * Runs the factory: the endpoints of a router, or an Express Router mounted whole, as core knows them.
 * @throws mount/no-router, mount/invalid, plugin/express-path, and what the factory throws
 */
export function routerDeclarations(
  key: PluginKey,
  where: string,
  factory: () => unknown,
  options: RouterOptions,
): Endpoint[] {
  const made = madeBy(where, factory);
  const reading = routerReading(made);
  if (reading !== undefined) return routerEndpoints(key, where, reading, surroundings(options));
  if (isRouter(made)) return [routerDeclaration(where, made, options)];
  throw new HostError('mount/no-router', [where, describe(made)]);
}

function surroundings({ path, access, limits: { bodyBytes, ...limits } = {} }: RouterOptions) {
  return { prefix: path, access, limits, bodyBytes };
}

/** An Express Router, mounted whole, as core knows it. */
export function routerDeclaration(where: string, router: Router, options: RouterOptions): Endpoint {
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
    serve: { router, owns: (path) => hasRoute(router, path), routes: () => routesOf(router) },
  };
}

function madeBy(where: string, factory: () => unknown): unknown {
  try {
    return factory();
  } catch (thrown) {
    throw explainPathError(toError(thrown), where) ?? thrown;
  }
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
