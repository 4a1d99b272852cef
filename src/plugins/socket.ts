import type { Endpoint, Serve } from '../core/declaration';
import type { Exchange } from '../core/exchange';
import {
  GATE_RULES,
  gateIssues,
  gateParts,
  QUOTA_RULES,
  type GateOptions,
  type QuotaOptions,
} from '../core/gate-options';
import {
  aFunction,
  count,
  DESCRIBING_RULES,
  ENDPOINT_RULES,
  optionIssues,
  refuseIssues,
  SCHEMA_RULES,
  shaped,
  texts,
  type Rule,
} from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { STANDARD_RETRY } from '../core/retry';
import type { ServerSocket, SocketLimits } from '../core/server-socket';
import type { Decorates } from './endpoint-forms';
import { schemaIssues, schemaPart } from './endpoint-schema';
import type { DescribingOptions, ExchangeAt, MaybeSchema, Provided, Providers } from './endpoint-types';
import { provideIssues, provideSteps } from './provided';

/** Options of a WebSocket endpoint. Who may connect, and what the address must be, is decided before the handshake is answered. */
export interface SocketOptions<
  Params_ extends MaybeSchema = MaybeSchema,
  Query extends MaybeSchema = MaybeSchema,
  Headers extends MaybeSchema = MaybeSchema,
  Seen = Exchange,
  Added extends Provided = Provided,
>
  extends Pick<GateOptions, 'access'>, Omit<DescribingOptions, 'errors'> {
  /** Of what the path captures. */
  readonly params?: Params_;
  readonly query?: Query;
  /** Of headers of the handshake, by name in lower case. */
  readonly headers?: Headers;
  readonly unknown?: 'ignore' | 'refuse' | undefined;
  /** Values made once for each connection, before its handshake is answered. */
  readonly provide?: Providers<Seen, Added> | undefined;
  /** How often connections may be asked for, and how large a message and what waits to be taken may be. */
  readonly limits?:
    (QuotaOptions & Partial<Pick<SocketLimits, 'messageBytes' | 'bufferedBytes'>>) | undefined;
  /** Between two pings; a side that does not answer one until the next is gone. Default 30,000. */
  readonly heartbeatMs?: number | undefined;
  /** Of which the first that the client asks for is agreed on. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * Whose pages may connect from a browser, e.g. `https://example.org`; `*` is any. The host's own always may. Default: any, but
   * only its own where a browser proves who asks without the page (`operator`, `basic`, `allowFrom`).
   */
  readonly origins?: readonly string[] | undefined;
}

/** The handshake of a connection, as its handler gets it; there is no body. */
export type HandshakeAt<
  Path extends string,
  Params_ = undefined,
  Query = undefined,
  Headers = undefined,
  Added = unknown,
> = Omit<
  ExchangeAt<Path, Params_, Query, Headers, undefined, undefined, undefined, Added>,
  'raw' | 'text' | 'json' | 'form' | 'body' | 'files' | 'fields' | 'parts' | 'stream' | 'respond'
>;

type Connect<Path extends string, Params_, Query, Headers, Added> = (
  socket: ServerSocket,
  exchange: HandshakeAt<Path, Params_, Query, Headers, Added>,
) => unknown;

/** Declares a WebSocket endpoint; answers what it is called on. */
export interface DeclareSocket<Self> {
  /** @throws mount/invalid listing everything wrong with the arguments */
  <const Path extends string>(
    path: Path,
    handler: (socket: ServerSocket, exchange: HandshakeAt<Path>) => unknown,
  ): Self;
  /** @throws mount/invalid listing everything wrong with the arguments */
  <
    const Path extends string,
    Params_ extends MaybeSchema = undefined,
    Query extends MaybeSchema = undefined,
    Headers extends MaybeSchema = undefined,
    Added extends Provided = object,
  >(
    path: Path,
    options: SocketOptions<Params_, Query, Headers, HandshakeAt<Path, Params_, Query, Headers>, Added>,
    handler: Connect<Path, Params_, Query, Headers, Added>,
  ): Self;
}

/** Decorates a method that serves a WebSocket. */
export type DecorateSocket = <
  const Path extends string,
  Params_ extends MaybeSchema = undefined,
  Query extends MaybeSchema = undefined,
  Headers extends MaybeSchema = undefined,
  Added extends Provided = object,
>(
  path: Path,
  options?: SocketOptions<Params_, Query, Headers, HandshakeAt<Path, Params_, Query, Headers>, Added>,
) => Decorates<Connect<Path, Params_, Query, Headers, Added>>;

const anything: Rule = () => undefined;
const RULES = {
  access: GATE_RULES.access,
  params: SCHEMA_RULES.params,
  query: SCHEMA_RULES.query,
  headers: SCHEMA_RULES.headers,
  unknown: SCHEMA_RULES.unknown,
  provide: anything,
  limits: shaped({ ...QUOTA_RULES, messageBytes: count, bufferedBytes: count }),
  heartbeatMs: count,
  protocols: texts,
  origins: texts,
  title: DESCRIBING_RULES.title,
  summary: DESCRIBING_RULES.summary,
  description: DESCRIBING_RULES.description,
  tags: DESCRIBING_RULES.tags,
  deprecated: DESCRIBING_RULES.deprecated,
};

function placed(path: unknown): string | undefined {
  const issue = ENDPOINT_RULES.path(path);
  return issue === undefined ? undefined : `path ${issue}`;
}

/** RFC 6455 §4.1: of the characters of a token (RFC 9110 §5.6.2), each once. */
const PROTOCOL = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/**
 * A WebSocket endpoint as core knows it.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function socketDeclaration(
  key: PluginKey,
  where: string,
  path: string,
  given: SocketOptions,
  handler: unknown,
): Endpoint {
  const options = Object(given) as SocketOptions;
  const { params, query, headers, unknown, summary, tags, deprecated } = options;
  const definition = {
    ...{ method: 'GET' as const, path },
    ...{ params, query, headers, unknown, summary, tags, deprecated },
  };
  const layers = options.provide === undefined ? [] : [{ providers: options.provide }];
  const provide = provideSteps(layers);
  refuseIssues(
    key,
    optionIssues(where, given, RULES, [
      placed(path),
      ...gateIssues(options),
      ...schemaIssues(definition),
      ...provideIssues(layers),
      ...bodyIssues(provide),
      ...protocolIssues(options.protocols),
      aFunction(handler) && 'the handler must be a function; it is the last argument',
    ]),
  );
  const { title, description, access, limits } = options;
  return {
    kind: 'endpoint',
    origin: { dialect: 'native', where },
    method: 'GET',
    path,
    reach: 'exact',
    ...gateParts({ access, limits }),
    body: { kind: 'stream' },
    ...schemaPart(definition),
    ...(provide.length > 0 && { provide }),
    answer: 'handler',
    retry: STANDARD_RETRY,
    aliases: [],
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    serve: {
      connect: handler as Extract<Serve, { connect: unknown }>['connect'],
      limits: socketLimits(options),
    },
  };
}

function socketLimits({ limits, heartbeatMs, protocols, origins }: SocketOptions): SocketLimits {
  const { messageBytes, bufferedBytes } = limits ?? {};
  return {
    ...(messageBytes !== undefined && { messageBytes }),
    ...(bufferedBytes !== undefined && { bufferedBytes }),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...(protocols !== undefined && { protocols }),
    ...(origins !== undefined && { origins }),
  };
}

function bodyIssues(steps: ReturnType<typeof provideSteps>): string[] {
  return steps
    .filter(({ needsBody }) => needsBody)
    .map(({ name }) => `provide.${name} needs a body, and a handshake has none`);
}

function protocolIssues(protocols: unknown): string[] {
  if (!Array.isArray(protocols)) return [];
  const names = protocols.filter((name) => typeof name === 'string');
  return names
    .filter((name, index) => !PROTOCOL.test(name) || names.indexOf(name) !== index)
    .map((name) => `protocols has ${JSON.stringify(name)}, which is no token, or stands twice`);
}
