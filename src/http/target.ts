import { admitsOperator, modesOf } from '../core/access';
import type { RequestHandler, Router } from 'express';
import { bodyLimits, type BodyLimits } from '../core/body-limits';
import {
  STANDARD_WINDOW_MS,
  type BodyPolicy,
  type Endpoint,
  type FileRule,
  type Serve,
} from '../core/declaration';
import { isDurable, isRecorded } from '../core/durable-answer';
import type { Awaitable, Exchange } from '../core/exchange';
import type { Guard } from '../core/ports/guards';
import { SOCKET_METHOD, type ServerSocket, type SocketLimits } from '../core/server-socket';
import type { Settings } from '../core/settings';
import { BrokenResponses } from './broken-responses';
import type { EndpointMeter } from './endpoint-meter';
import { takenFields, type TakenFields } from './multipart-fields';
import { quotasOf, type RateLimits, type TargetQuotas } from './quotas';
import { TypedEndpoint } from './typed-endpoint';

/** How much of a body is taken, with the host's defaults filled in. Sizes in bytes. */
interface TargetLimits extends BodyLimits {
  /** In one JSON body that a schema checks. */
  readonly jsonValues: number;
  readonly fileBytes: number;
  readonly files: number;
}

/** The host's defaults for what endpoints do not say. */
export type ServingSettings = Pick<Settings, 'limits' | 'timeouts'> &
  Partial<Pick<Settings, 'dedupe' | 'routes'>> & { readonly rateLimit?: RateLimits };

/** How an endpoint serves WebSockets, with the host's defaults filled in. */
export interface TargetSocket extends Required<Omit<SocketLimits, 'origins'>> {
  readonly connect: (socket: ServerSocket, exchange: Exchange) => Awaitable<unknown>;
}

/** An endpoint made ready to serve: everything a request would otherwise work out anew. */
export interface Target extends TakenFields {
  readonly endpoint: Endpoint;
  /** Of a declared endpoint, with all that its author declared around it; a Router has `router` instead. */
  readonly handle: ((exchange: Exchange) => Awaitable<unknown>) | undefined;
  readonly router: Router | undefined;
  /** Of one that serves WebSockets; it has neither of the others. */
  readonly socket: TargetSocket | undefined;
  /** What is checked, provided and mapped around the handler; undefined where nothing is. */
  readonly typed: TypedEndpoint | undefined;
  /** Middleware before the body is read; empty for most. */
  readonly use: readonly RequestHandler[];
  /** Something comes before the body: middleware, checks of the head, values made without the body. */
  readonly isTyped: boolean;
  /** Undefined: anybody may ask. */
  readonly guard: Guard | undefined;
  readonly quotas: TargetQuotas | undefined;
  /** There is a guard or a quota to pass: nothing is looked at otherwise. */
  readonly isGuarded: boolean;
  /** What is the gate's or the connection's own never reaches the handler. */
  readonly isSanitised: boolean;
  /** `authorization` may be the operator's token, or one of the host's own: it never reaches the handler either. */
  readonly isForOperator: boolean;
  /** Something is verified, stored or recorded of a request: it takes the longer way. */
  readonly isKept: boolean;
  /** The body is read as bytes whatever its type, multipart too: it is judged or stored as it came. */
  readonly needsBytes: boolean;
  readonly timeoutMs: number;
  /** How long a duplicate is recognised. */
  readonly windowMs: number;
  readonly bodyKind: BodyPolicy['kind'];
  readonly limits: TargetLimits;
  readonly fileRules: Readonly<Record<string, FileRule>> | undefined;
  /** What counts its answers; found at the first of them. */
  meter: EndpointMeter | undefined;
}

export function buildTarget(
  endpoint: Endpoint,
  settings: ServingSettings,
  guard?: Guard,
  broken?: BrokenResponses,
): Target {
  const { limits, timeouts } = settings;
  const { body, serve } = endpoint;
  const isStored = isDurable(endpoint) || endpoint.idempotency !== undefined;
  const needsBytes = isStored || needsWire(guard);
  const quotas = quotasOf(endpoint, settings.rateLimit);
  const typed = typedOf(endpoint, settings, broken);
  const use = 'router' in serve ? [] : (endpoint.use ?? []);
  return {
    endpoint,
    handle:
      'handle' in serve ? ((typed?.work as typeof serve.handle | undefined) ?? serve.handle) : undefined,
    typed,
    use,
    isTyped: use.length > 0 || typed?.hasPrelude === true,
    router: 'router' in serve ? serve.router : undefined,
    socket: socketOf(serve, limits),
    guard,
    quotas,
    isGuarded: guard !== undefined || quotas !== undefined,
    isSanitised: guard?.isWebhook === true || endpoint.isWebhook === true,
    isForOperator: modesOf(endpoint.access).some(admitsOperator),
    isKept: needsBytes || isRecorded(endpoint),
    needsBytes,
    timeoutMs: endpoint.timeoutMs ?? timeouts.handlerMs,
    windowMs: endpoint.dedupe?.windowMs ?? settings.dedupe?.windowMs ?? STANDARD_WINDOW_MS,
    bodyKind: body.kind,
    limits: {
      ...bodyLimits(endpoint, limits),
      jsonValues: limits.jsonValues,
      fileBytes: limits.fileBytes,
      files: limits.files,
    },
    fileRules: body.files,
    ...takenFields(endpoint),
    meter: undefined,
  };
}

/** What of a schema changes how an endpoint is served; the rest describes it. */
const CHECKED = ['params', 'query', 'headers', 'fields', 'body', 'response', 'status'] as const;

function typedOf(
  endpoint: Endpoint,
  { routes }: ServingSettings,
  broken = new BrokenResponses(routes?.brokenResponses ?? 'log'),
): TypedEndpoint | undefined {
  const { serve, schema, provide, mapError } = endpoint;
  if ('router' in serve) return undefined;
  const isChecked = CHECKED.some((part) => schema?.[part] !== undefined);
  if (!isChecked && provide === undefined && mapError === undefined) return undefined;
  return new TypedEndpoint({
    endpoint,
    // Of a socket only what comes before it is used.
    handle: 'handle' in serve ? serve.handle : () => undefined,
    name: nameOf(endpoint),
    unknownNames: routes?.unknownFields ?? 'ignore',
    broken,
  });
}

function socketOf(serve: Serve, { messageBytes }: Settings['limits']): TargetSocket | undefined {
  if (!('connect' in serve)) return undefined;
  const { connect, limits } = serve;
  return {
    connect,
    messageBytes: limits.messageBytes ?? messageBytes,
    bufferedBytes: limits.bufferedBytes ?? 4_194_304,
    heartbeatMs: limits.heartbeatMs ?? 30_000,
    protocols: limits.protocols ?? [],
  };
}

/** Whether a guard looks at the body: it is read as it came. */
export function needsWire(guard: Guard | undefined): guard is Guard {
  return guard !== undefined && (guard.judge !== undefined || guard.handshake !== undefined);
}

/** How an endpoint is named in log lines and counters: `POST /github`, `WEBSOCKET /live`. */
export function nameOf({ method, path, origin, serve }: Endpoint): string {
  return `${'connect' in serve ? SOCKET_METHOD : method} ${path || origin.where}`;
}
