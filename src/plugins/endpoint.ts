import type { RequestHandler } from 'express';
import type { Endpoint, Serve } from '../core/declaration';
import { durableParts, ENDPOINT_DURABLE_RULES } from '../core/durable-options';
import { GATE_RULES, gateIssues, gateParts } from '../core/gate-options';
import { aFunction, ENDPOINT_RULES, optionIssues, refuseIssues, type Rule } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { bodyPart, schemaIssues, schemaPart } from './endpoint-schema';
import type { EndpointDefinition, ServingOptions } from './endpoint-types';
import { provideIssues, provideSteps, type ProvideLayer } from './provided';

/** Judged by `provideIssues`, which tells each name. */
const anything: Rule = () => undefined;
const RULES = { ...ENDPOINT_RULES, ...GATE_RULES, ...ENDPOINT_DURABLE_RULES, provide: anything };

/** One endpoint as its author wrote it. */
export interface WrittenEndpoint {
  readonly where: string;
  readonly definition: EndpointDefinition;
  readonly handler: unknown;
  /** What is provided before its own. */
  readonly layers?: readonly ProvideLayer[];
  /** Middleware before its own. */
  readonly use?: readonly RequestHandler[];
}

/**
 * A declared endpoint as core knows it.
 * @throws mount/invalid listing everything wrong with the options
 */
export function endpointDeclaration(
  key: PluginKey,
  where: string,
  definition: EndpointDefinition,
  handler: unknown,
): Endpoint {
  const written = { where, definition, handler };
  refuseIssues(key, endpointIssues(written));
  return buildEndpoint(written);
}

/** Everything wrong with an endpoint, each issue with its place. */
export function endpointIssues(written: WrittenEndpoint): string[] {
  const { where, definition, handler } = written;
  const options = Object(definition) as EndpointDefinition;
  const needed = { method: options.method, path: options.path };
  const missing = Object.entries(needed).map(([name, value]) =>
    value === undefined ? `${name} is missing` : undefined,
  );
  return optionIssues(where, definition, RULES, [
    ...missing,
    ...gateIssues(definition),
    ...schemaIssues(options),
    ...provideIssues(layersOf(written)),
    handlerIssue(handler),
  ]);
}

/** Of what has no issues. */
export function buildEndpoint(written: WrittenEndpoint): Endpoint {
  const { where, definition, handler } = written;
  const { method, path, timeoutMs, record, idempotency, concurrency, title, description } = definition;
  return {
    kind: 'endpoint',
    origin: { dialect: 'native', where },
    method,
    path,
    reach: 'exact',
    ...gateParts(definition),
    body: bodyPart(definition),
    ...schemaPart(definition),
    ...aroundPart(written),
    ...durableParts(definition),
    ...(record !== undefined && { record }),
    ...idempotencyPart(idempotency),
    ...(concurrency !== undefined && { concurrency }),
    aliases: [],
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    serve: { handle: handler } as Serve,
  };
}

/** Middleware and provided values, where there are any. */
function aroundPart(written: WrittenEndpoint): Pick<Endpoint, 'use' | 'provide'> {
  const use = [...(written.use ?? []), ...(written.definition.use ?? [])];
  const provide = provideSteps(layersOf(written));
  return { ...(use.length > 0 && { use }), ...(provide.length > 0 && { provide }) };
}

function layersOf({ definition, layers = [] }: WrittenEndpoint): readonly ProvideLayer[] {
  const { provide } = Object(definition) as EndpointDefinition;
  return provide === undefined ? layers : [...layers, { providers: provide }];
}

function idempotencyPart(option: ServingOptions['idempotency']): Pick<Endpoint, 'idempotency'> {
  if (option === undefined || option === false) return {};
  return { idempotency: { required: option !== true && option.required } };
}

function handlerIssue(handler: unknown): string | undefined {
  const issue = aFunction(handler);
  return issue === undefined ? undefined : `the handler ${issue}; it is the last argument`;
}
