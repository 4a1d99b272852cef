import type { Router } from 'express';
import {
  STANDARD_WINDOW_MS,
  type BodyPolicy,
  type Endpoint,
  type FieldRule,
  type FileRule,
} from '../core/declaration';
import { isDurable } from '../core/durable-answer';
import type { Awaitable, Exchange } from '../core/exchange';
import type { Settings } from '../core/settings';

/** How much of a body is taken, with the host's defaults filled in. Sizes in bytes. */
interface BodyLimits {
  readonly bufferedBytes: number;
  /** Of text handed to the JSON parser. */
  readonly jsonBytes: number;
  readonly fileBytes: number;
  readonly files: number;
}

/** The host's defaults for what endpoints do not say. */
export type ServingSettings = Pick<Settings, 'limits' | 'timeouts'> & Partial<Pick<Settings, 'dedupe'>>;

/** An endpoint made ready to serve: everything a request would otherwise work out anew. */
export interface Target {
  readonly endpoint: Endpoint;
  /** Of a declared endpoint; a Router has `router` instead. */
  readonly handle: ((exchange: Exchange) => Awaitable<unknown>) | undefined;
  readonly router: Router | undefined;
  readonly operatorOnly: boolean;
  /** Something is verified, stored or recorded of a request: it takes the longer way. */
  readonly isKept: boolean;
  /** The body is read as bytes whatever its type, multipart too: it is judged or stored as it came. */
  readonly needsBytes: boolean;
  readonly timeoutMs: number;
  /** How long a duplicate is recognised. */
  readonly windowMs: number;
  readonly bodyKind: BodyPolicy['kind'];
  readonly limits: BodyLimits;
  readonly fileRules: Readonly<Record<string, FileRule>> | undefined;
  readonly fieldRules: Readonly<Record<string, FieldRule>> | undefined;
}

export function buildTarget(endpoint: Endpoint, settings: ServingSettings): Target {
  const { limits, timeouts } = settings;
  const { body, serve } = endpoint;
  const isStored = isDurable(endpoint) || endpoint.idempotency !== undefined;
  const needsBytes = isStored || endpoint.verify !== undefined;
  const bufferedBytes = body.limitBytes ?? limits.bodyBytes;
  return {
    endpoint,
    handle: 'handle' in serve ? serve.handle : undefined,
    router: 'router' in serve ? serve.router : undefined,
    // Anything but `public` is closed: an access mode not known here must never open an endpoint.
    operatorOnly: endpoint.access !== 'public',
    isKept: needsBytes || endpoint.record,
    needsBytes,
    timeoutMs: endpoint.timeoutMs ?? timeouts.handlerMs,
    windowMs: endpoint.dedupe?.windowMs ?? settings.dedupe?.windowMs ?? STANDARD_WINDOW_MS,
    bodyKind: body.kind,
    limits: {
      bufferedBytes: isStored ? Math.min(bufferedBytes, limits.storedBodyBytes) : bufferedBytes,
      jsonBytes: body.limitBytes ?? Math.min(limits.jsonBytes, limits.bodyBytes),
      fileBytes: limits.fileBytes,
      files: limits.files,
    },
    fileRules: body.files,
    fieldRules: body.fields,
  };
}
