import type { Router } from 'express';
import { bodyLimits, type BodyLimits } from '../core/body-limits';
import {
  STANDARD_WINDOW_MS,
  type BodyPolicy,
  type Endpoint,
  type FieldRule,
  type FileRule,
} from '../core/declaration';
import { isDurable, isRecorded } from '../core/durable-answer';
import type { Awaitable, Exchange } from '../core/exchange';
import type { Guard } from '../core/ports/guards';
import type { Settings } from '../core/settings';
import { quotasOf, type RateLimits, type TargetQuotas } from './quotas';

/** How much of a body is taken, with the host's defaults filled in. Sizes in bytes. */
interface TargetLimits extends BodyLimits {
  readonly fileBytes: number;
  readonly files: number;
}

/** The host's defaults for what endpoints do not say. */
export type ServingSettings = Pick<Settings, 'limits' | 'timeouts'> &
  Partial<Pick<Settings, 'dedupe'>> & { readonly rateLimit?: RateLimits };

/** An endpoint made ready to serve: everything a request would otherwise work out anew. */
export interface Target {
  readonly endpoint: Endpoint;
  /** Of a declared endpoint; a Router has `router` instead. */
  readonly handle: ((exchange: Exchange) => Awaitable<unknown>) | undefined;
  readonly router: Router | undefined;
  /** Undefined: anybody may ask. */
  readonly guard: Guard | undefined;
  readonly quotas: TargetQuotas | undefined;
  /** There is a guard or a quota to pass: nothing is looked at otherwise. */
  readonly isGuarded: boolean;
  /** What is the gate's or the connection's own never reaches the handler. */
  readonly isSanitised: boolean;
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
  readonly fieldRules: Readonly<Record<string, FieldRule>> | undefined;
}

export function buildTarget(endpoint: Endpoint, settings: ServingSettings, guard?: Guard): Target {
  const { limits, timeouts } = settings;
  const { body, serve } = endpoint;
  const isStored = isDurable(endpoint) || endpoint.idempotency !== undefined;
  const needsBytes = isStored || needsWire(guard);
  const quotas = quotasOf(endpoint, settings.rateLimit);
  return {
    endpoint,
    handle: 'handle' in serve ? serve.handle : undefined,
    router: 'router' in serve ? serve.router : undefined,
    guard,
    quotas,
    isGuarded: guard !== undefined || quotas !== undefined,
    isSanitised: guard?.isWebhook === true || endpoint.isWebhook === true,
    isKept: needsBytes || isRecorded(endpoint),
    needsBytes,
    timeoutMs: endpoint.timeoutMs ?? timeouts.handlerMs,
    windowMs: endpoint.dedupe?.windowMs ?? settings.dedupe?.windowMs ?? STANDARD_WINDOW_MS,
    bodyKind: body.kind,
    limits: {
      ...bodyLimits(endpoint, limits),
      fileBytes: limits.fileBytes,
      files: limits.files,
    },
    fileRules: body.files,
    fieldRules: body.fields,
  };
}

/** Whether a guard looks at the body: it is read as it came. */
export function needsWire(guard: Guard | undefined): guard is Guard {
  return guard !== undefined && (guard.judge !== undefined || guard.handshake !== undefined);
}

/** How an endpoint is named in log lines and counters: `POST /github`. */
export function nameOf({ method, path, origin }: Endpoint): string {
  return `${method} ${path || origin.where}`;
}
