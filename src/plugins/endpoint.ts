import type { BodyPolicy, Endpoint, Serve } from '../core/declaration';
import type { Exchange, Method } from '../core/exchange';
import { durableParts, ENDPOINT_DURABLE_RULES, type DurableOptions } from '../core/durable-options';
import { GATE_RULES, gateIssues, gateParts, type GateOptions } from '../core/gate-options';
import type { PluginKey } from '../core/plugin-key';
import { aFunction, checkOptions, ENDPOINT_RULES } from '../core/option-issues';

type NameIn<Segment extends string> = Segment extends `:${infer Name}`
  ? Name
  : Segment extends `*${infer Name}`
    ? Name
    : never;
type NamesIn<Path extends string> = Path extends `${infer Head}/${infer Rest}`
  ? NameIn<Head> | NamesIn<Rest>
  : NameIn<Path>;

/** The parameters a path pattern captures, by name. */
export type Params<Path extends string> = string extends Path
  ? Readonly<Record<string, string>>
  : { readonly [Name in NamesIn<Path>]: string };

/** A request to an endpoint whose path is known: `params` has exactly the path's names. */
export type ExchangeAt<Path extends string> = Omit<Exchange, 'params'> & { readonly params: Params<Path> };

/** Answers a request: a value (JSON, 200), undefined (204), `[object, status]` or a `reply(…)`; may be async. */
export type Handler<Path extends string = string> = (exchange: ExchangeAt<Path>) => unknown;

export interface EndpointOptions extends DurableOptions, GateOptions {
  /** Default `{ kind: 'auto' }`. */
  readonly body?: BodyPolicy | undefined;
  /** Until the answer. Default: the host's. */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether a receipt is kept of requests that the handler answers, for operators. Default: where `access` verifies who
   * asks.
   */
  readonly record?: boolean | undefined;
  /**
   * Honours the `Idempotency-Key` header: a request that carries one is stored before the handler runs, and the same
   * again gets the same answer (409 while the first runs, 422 with another body). `required`: 400 without one. An answer
   * that asks to come again (408, 425, 429, 500 and above) decides nothing: the request sent again runs again. A stream or
   * a body above 1 MiB is not kept: the same answer comes without it, and says `Gatehouse-Body: omitted`. `Set-Cookie`
   * is never given twice. Default false.
   */
  readonly idempotency?: boolean | { readonly required: boolean } | undefined;
  /** Stored requests worked at once by one host: N hosts work N times as many. Default: the host's. */
  readonly concurrency?: number | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}
export interface EndpointDefinition<Path extends string = string> extends EndpointOptions {
  readonly method: Method | 'ALL';
  /** `/static`, `:name` (a whole segment), last `*name`. */
  readonly path: Path;
}

const RULES = { ...ENDPOINT_RULES, ...GATE_RULES, ...ENDPOINT_DURABLE_RULES };

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
  const options = Object(definition) as EndpointDefinition;
  const { method, path, body, timeoutMs, idempotency, concurrency, title, description } = options;
  const missing = { method, path } as const;
  checkOptions(key, where, definition, RULES, [
    ...Object.entries(missing).map(([name, value]) =>
      value === undefined ? `${name} is missing` : undefined,
    ),
    ...gateIssues(definition),
    handlerIssue(handler),
  ]);
  return {
    kind: 'endpoint',
    origin: { dialect: 'native', where },
    method,
    path,
    reach: 'exact',
    ...gateParts(options),
    body: body === undefined ? { kind: 'auto' } : { ...body, kind: body.kind ?? 'auto' },
    ...durableParts(options),
    ...(options.record === undefined ? {} : { record: options.record }),
    ...idempotencyPart(idempotency),
    ...(concurrency === undefined ? {} : { concurrency }),
    aliases: [],
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    serve: { handle: handler } as Serve,
  };
}

function idempotencyPart(option: EndpointOptions['idempotency']): Pick<Endpoint, 'idempotency'> {
  if (option === undefined || option === false) return {};
  return { idempotency: { required: option !== true && option.required } };
}

function handlerIssue(handler: unknown): string | undefined {
  const issue = aFunction(handler);
  return issue === undefined ? undefined : `the handler ${issue}; it is the last argument`;
}
