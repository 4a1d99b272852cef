import type { Access, BodyPolicy, Endpoint, Serve } from '../core/declaration';
import type { Exchange, Method } from '../core/exchange';
import type { PluginKey } from '../core/plugin-key';
import { STANDARD_RETRY } from '../core/retry';
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

export interface EndpointOptions {
  /** Default `public`. */
  readonly access?: Access | undefined;
  /** Default `{ kind: 'auto' }`. */
  readonly body?: BodyPolicy | undefined;
  /** Until the answer. Default: the host's. */
  readonly timeoutMs?: number | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
}
export interface EndpointDefinition<Path extends string = string> extends EndpointOptions {
  readonly method: Method | 'ALL';
  /** `/static`, `:name` (a whole segment), last `*name`. */
  readonly path: Path;
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
  const { method, path, access, body, timeoutMs, title, description } = Object(
    definition,
  ) as EndpointDefinition;
  const missing = { method, path } as const;
  checkOptions(key, where, definition, ENDPOINT_RULES, [
    ...Object.entries(missing).map(([name, value]) =>
      value === undefined ? `${name} is missing` : undefined,
    ),
    handlerIssue(handler),
  ]);
  return {
    kind: 'endpoint',
    origin: { dialect: 'native', where },
    method,
    path,
    reach: 'exact',
    access: access ?? 'public',
    body: body === undefined ? { kind: 'auto' } : { ...body, kind: body.kind ?? 'auto' },
    answer: 'handler',
    record: false,
    retry: STANDARD_RETRY,
    aliases: [],
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    serve: { handle: handler } as Serve,
  };
}

function handlerIssue(handler: unknown): string | undefined {
  const issue = aFunction(handler);
  return issue === undefined ? undefined : `the handler ${issue}; it is the last argument`;
}
