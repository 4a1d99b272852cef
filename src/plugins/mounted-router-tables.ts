import type { Router } from 'express';
import type { RouterRoute } from '../core/declaration';

/** By shape: the plugin may have made it with an Express of its own. */
export function isRouter(value: unknown): value is Router {
  return typeof value === 'function' && Array.isArray((value as { stack?: unknown }).stack);
}

interface Layer {
  readonly route?: { readonly path?: unknown; readonly methods?: unknown };
  readonly handle?: unknown;
  readonly slash?: boolean;
  readonly rawPath?: unknown;
}

/**
 * True when the Router, or one it mounts at a literal path, has a route at exactly `path`. Reads Express's own
 * tables (router 2.3: `stack`, `rawPath`), where anything unexpected means no.
 */
export function hasRoute(router: unknown, path: string, depth = 0): boolean {
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

/**
 * The routes of a Router and of those inside it, as their authors wrote them: each path and method once. Regular
 * expressions, and what stands behind them, are no path and left out.
 */
export function routesOf(router: Router): RouterRoute[] {
  const found = new Map<string, RouterRoute>();
  for (const route of routesBelow(router, '', [])) found.set(`${route.method} ${route.path}`, route);
  return [...found.values()];
}

/** `around` are the Routers this one is in: one may mount itself. */
function* routesBelow(router: unknown, prefix: string, around: readonly unknown[]): Generator<RouterRoute> {
  if (!isRouter(router) || around.includes(router)) return;
  for (const { route, slash, rawPath, handle } of router.stack as unknown as Layer[]) {
    if (route === undefined) {
      for (const path of slash === true ? ['/'] : written(rawPath))
        yield* routesBelow(handle, joined(prefix, path), [...around, router]);
    } else
      for (const path of written(route.path))
        for (const method of methodsOf(route.methods)) yield { method, path: joined(prefix, path) };
  }
}

function joined(prefix: string, path: string): string {
  const head = prefix === '/' ? '' : prefix;
  const rest = path.startsWith('/') || path === '' ? path : `/${path}`;
  return `${head}${rest.endsWith('/') ? rest.slice(0, -1) : rest}` || '/';
}

function methodsOf(methods: unknown): string[] {
  const named = Object.keys(Object(methods) as object);
  return named.includes('_all') ? ['ALL'] : named.map((name) => name.toUpperCase());
}

function written(path: unknown): string[] {
  return [path].flat(8).filter((text) => typeof text === 'string');
}

/** Paths without any pattern; an array counts for each of its own. */
function literals(path: unknown): string[] {
  return written(path).filter((text) => !/[:*{}()[\]\\?+!]/.test(text));
}
