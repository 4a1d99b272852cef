import { buildSync } from 'esbuild';
import type { Endpoint } from '../../src/core/declaration';
import type { ProvideStep } from '../../src/core/endpoint-schema';
import type { Exchange } from '../../src/core/exchange';
import { endpoint } from './gateway-under-test';

/** A handler whose exchange holds what schemas made and what was provided. */
export type Handle = (exchange: any) => unknown;

/** An endpoint at `/x` with whatever stands around its handler. */
export function typed(method: Endpoint['method'], more: Partial<Endpoint>, handle: Handle): Endpoint {
  const takesJson = more.schema?.body !== undefined && more.body === undefined;
  return endpoint(method, '/x', handle as (exchange: Exchange) => unknown, {
    ...(takesJson && { body: { kind: 'json' } }),
    ...more,
  });
}

export function step(name: string, make: (exchange: any) => unknown, needsBody = false): ProvideStep {
  return { name, needsBody, make };
}

/** Places and types of what a 422 tells. */
export function told(body: { detail: { at: string; type: string }[] }): Record<string, string> {
  return Object.fromEntries(body.detail.map(({ at, type }) => [at, type]));
}

/** A package that is there for `import` alone, which the test runner cannot load. */
export function requireModule<T>(name: string): T {
  const entryPoints = [require.resolve(name)];
  const built = buildSync({ entryPoints, bundle: true, format: 'cjs', platform: 'node', write: false });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', built.outputFiles[0]?.text ?? '')(
    module,
    module.exports,
    require,
  );
  return module.exports as T;
}
