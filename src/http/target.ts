import type { Router } from 'express';
import type { BodyPolicy, Endpoint, FieldRule, FileRule } from '../core/declaration';
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

/** An endpoint made ready to serve: everything a request would otherwise work out anew. */
export interface Target {
  readonly endpoint: Endpoint;
  /** Of a declared endpoint; a Router has `router` instead. */
  readonly handle: ((exchange: Exchange) => Awaitable<unknown>) | undefined;
  readonly router: Router | undefined;
  readonly operatorOnly: boolean;
  readonly timeoutMs: number;
  readonly bodyKind: BodyPolicy['kind'];
  readonly limits: BodyLimits;
  readonly fileRules: Readonly<Record<string, FileRule>> | undefined;
  readonly fieldRules: Readonly<Record<string, FieldRule>> | undefined;
}

export function buildTarget(endpoint: Endpoint, settings: Pick<Settings, 'limits' | 'timeouts'>): Target {
  const { limits, timeouts } = settings;
  const { body, serve } = endpoint;
  return {
    endpoint,
    handle: 'handle' in serve ? serve.handle : undefined,
    router: 'router' in serve ? serve.router : undefined,
    // Anything but `public` is closed: an access mode not known here must never open an endpoint.
    operatorOnly: endpoint.access !== 'public',
    timeoutMs: endpoint.timeoutMs ?? timeouts.handlerMs,
    bodyKind: body.kind,
    limits: {
      bufferedBytes: body.limitBytes ?? limits.bodyBytes,
      jsonBytes: body.limitBytes ?? Math.min(limits.jsonBytes, limits.bodyBytes),
      fileBytes: limits.fileBytes,
      files: limits.files,
    },
    fileRules: body.files,
    fieldRules: body.fields,
  };
}
