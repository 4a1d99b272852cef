import type { Endpoint } from '../core/declaration';
import { GATE_RULES, gateIssues } from '../core/gate-options';
import {
  aText,
  DESCRIBING_RULES,
  middleware,
  optionIssues,
  refuseIssues,
  type Rule,
} from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { isStandardSchema } from '../core/standard-schema';
import { routerReading, type ApiRouterOptions, type RouterReading } from './api-router';
import { buildEndpoint, endpointIssues, type WrittenEndpoint } from './endpoint';
import type { EndpointDefinition } from './endpoint-types';
import { provideIssues } from './provided';

/** Judged by `provideIssues`, which tells each name. */
const anything: Rule = () => undefined;
const RULES = {
  ...GATE_RULES,
  prefix: aText,
  tags: DESCRIBING_RULES.tags,
  deprecated: DESCRIBING_RULES.deprecated,
  errors: DESCRIBING_RULES.errors,
  use: middleware,
  provide: anything,
};

/** What the surroundings of a router say, outermost first in each list. */
interface Inherited extends Omit<ApiRouterOptions, 'use'>, Pick<WrittenEndpoint, 'layers' | 'use'> {
  readonly where: string;
  /** Routers around this one: none may be inside itself. */
  readonly around: readonly RouterReading[];
  /** Of a body that says none itself. */
  readonly bodyBytes?: number | undefined;
}

/**
 * Every endpoint of a router and of those it includes, as core knows them.
 * @throws mount/invalid listing everything wrong with any of them
 */
export function routerEndpoints(
  key: PluginKey,
  where: string,
  reading: RouterReading,
  options: Omit<ApiRouterOptions, 'use'> & { readonly bodyBytes?: number | undefined },
): Endpoint[] {
  const issues: string[] = [];
  const written = [...writtenIn(reading, { ...options, where, around: [] }, issues)];
  refuseIssues(key, [...issues, ...written.flatMap(endpointIssues)]);
  return written.map(buildEndpoint);
}

function* writtenIn(reading: RouterReading, outer: Inherited, issues: string[]): Generator<WrittenEndpoint> {
  if (outer.around.includes(reading)) {
    issues.push(`${outer.where}: the router is included in itself`);
    return;
  }
  const found = routerIssues(outer.where, reading);
  issues.push(...found);
  // What is wrong with its own options is told once, and not again by each endpoint that inherits them.
  const { options } = reading;
  const here = inner(outer, reading, found.length === 0 ? options : sound(options));
  for (const item of reading.items) {
    const where = `${item.where} in ${outer.where}`;
    const layers =
      found.length === 0 ? item.layers : item.layers.filter((layer) => layer.providers !== options?.provide);
    const around = {
      layers: [...(here.layers ?? []), ...layers],
      use: [...(here.use ?? []), ...item.use],
    };
    if ('definition' in item)
      yield { where, handler: item.handler, definition: below(here, item.definition), ...around };
    else yield* included(item.router, { ...here, ...around, where }, issues);
  }
}

function* included(router: unknown, here: Inherited, issues: string[]): Generator<WrittenEndpoint> {
  const reading = routerReading(router);
  if (reading === undefined) issues.push(`${here.where} takes what createRouter() made`);
  else yield* writtenIn(reading, here, issues);
}

function routerIssues(where: string, { options }: RouterReading): string[] {
  const { provide } = Object(options) as RouterReading['options'];
  return optionIssues(where, options, RULES, [
    ...gateIssues(options),
    ...(provide === undefined ? [] : provideIssues([{ providers: provide }])),
  ]);
}

/** Of options that are wrong, what the paths of endpoints need to be read. */
function sound(options: unknown): ApiRouterOptions {
  const { prefix } = Object(options) as { readonly prefix?: unknown };
  return typeof prefix === 'string' ? { prefix } : {};
}

/** What the endpoints of a router inherit. Its own `use` and `provide` stand on each item. */
function inner(outer: Inherited, reading: RouterReading, options: ApiRouterOptions): Inherited {
  const { prefix, tags = [], access, limits, deprecated, errors } = options;
  return {
    ...outer,
    around: [...outer.around, reading],
    prefix: joined(outer.prefix ?? '', prefix ?? ''),
    tags: [...(outer.tags ?? []), ...tags],
    access: access ?? outer.access,
    limits: { ...outer.limits, ...limits },
    deprecated: deprecated ?? outer.deprecated,
    errors: { ...outer.errors, ...errors },
  };
}

/** An endpoint's own definition, filled with what it inherits. */
function below(here: Inherited, definition: EndpointDefinition): EndpointDefinition {
  const own = Object(definition) as EndpointDefinition;
  const { access = here.access, deprecated = here.deprecated } = own;
  const limits = { ...here.limits, ...own.limits };
  const errors = { ...here.errors, ...own.errors };
  const tags = [...new Set([...(here.tags ?? []), ...listOf(own.tags)])];
  return {
    ...own,
    path: typeof own.path === 'string' ? joined(here.prefix ?? '', own.path) : own.path,
    ...(access !== undefined && { access }),
    ...(deprecated !== undefined && { deprecated }),
    ...(isFilled(limits) && { limits }),
    ...(isFilled(errors) && { errors }),
    ...(tags.length > 0 && { tags }),
    ...bodyBelow(here.bodyBytes, own.body),
  };
}

function bodyBelow(limitBytes: number | undefined, body: EndpointDefinition['body']) {
  if (limitBytes === undefined) return {};
  if (body === undefined) return { body: { kind: 'auto', limitBytes } as const };
  return isStandardSchema(body)
    ? { body: { kind: 'json', schema: body, limitBytes } as const }
    : { body: { limitBytes, ...body } };
}

/** `/a/` and `b` as `/a/b`; an empty path is the prefix itself. */
function joined(prefix: string, path: string): string {
  const head = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  const start = head === '' || head.startsWith('/') ? head : `/${head}`;
  if (path === '' || path === '/') return start === '' ? '/' : start;
  return `${start}${path.startsWith('/') ? path : `/${path}`}`;
}

const isFilled = (object: object) => Object.keys(object).length > 0;
const listOf = (tags: unknown): readonly string[] =>
  Array.isArray(tags) ? (tags as readonly string[]) : tags === undefined ? [] : [tags as string];
