import { EXCHANGE_NAMES, type ProvideStep } from '../core/endpoint-schema';
import type { Awaitable, Exchange } from '../core/exchange';
import { WITH_BODY, type NeedsBody } from './endpoint-types';
import { injectedStep, isInjected, isToken } from './injected';

/**
 * A provider that runs once the body is there and was checked: `exchange.body` is what the endpoint's schema made of it, so
 * its type is the provider's to name, as in `withBody(({ body }: { body: Order }) => …)`.
 */
export function withBody<Value, Taken extends object = Exchange>(
  provider: (exchange: Taken) => Awaitable<Value>,
): ((exchange: Exchange) => Awaitable<Value>) & NeedsBody {
  const late = (exchange: Exchange) => provider(exchange as unknown as Taken);
  return Object.assign(late, { [WITH_BODY]: true } as const);
}

/** What one `provide` said. */
export interface ProvideLayer {
  readonly providers: unknown;
  /** All of it waits for the body. */
  readonly needsBody?: boolean | undefined;
}

/** Layers as an endpoint carries them, in order; checked before. */
export function provideSteps(layers: readonly ProvideLayer[]): ProvideStep[] {
  return layers.flatMap(({ providers, needsBody = false }) =>
    Object.entries(Object(providers) as object).map(([name, provider]: [string, unknown]): ProvideStep => {
      if (isInjected(provider)) return injectedStep(name, provider);
      const make = provider as ProvideStep['make'];
      return { name, needsBody: needsBody || WITH_BODY in Object(make), make: (exchange) => make(exchange) };
    }),
  );
}

/** Names that objects have of themselves: what is provided must be somebody's choice. */
const TAKEN: readonly string[] = [...EXCHANGE_NAMES, '__proto__', 'constructor', 'prototype', 'then'];

/** What is wrong with layers, in words. */
export function provideIssues(layers: readonly ProvideLayer[]): string[] {
  const seen = new Set<string>();
  return layers.flatMap(({ providers }) => {
    if (typeof providers !== 'object' || providers === null || Array.isArray(providers))
      return ['provide must be an object of functions'];
    return Object.entries(providers).flatMap(([name, provider]: [string, unknown]) => {
      const issues = nameIssues(name, seen);
      seen.add(name);
      if (isInjected(provider) && !isToken(provider.token))
        issues.push(`provide.${name}: inject(${String(provider.token)}) is no class, string or symbol`);
      if (!isInjected(provider) && typeof provider !== 'function')
        issues.push(`provide.${name} must be a function or inject(…)`);
      return issues;
    });
  });
}

function nameIssues(name: string, seen: ReadonlySet<string>): string[] {
  if (TAKEN.includes(name)) return [`provide.${name}: the name is the host's; choose another`];
  return seen.has(name) ? [`provide.${name}: the name is provided twice`] : [];
}
