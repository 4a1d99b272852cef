import type { Endpoint } from './declaration';
import { isDurable } from './durable-answer';
import type { Settings } from './settings';

/** How much of a body is taken, in bytes. */
export interface BodyLimits {
  /** With its content encoding undone. */
  readonly bufferedBytes: number;
  /** Of text handed to the JSON parser. */
  readonly jsonBytes: number;
}

/** The limits of one endpoint, what it does not say filled in by the host; without one, those of the host. */
export function bodyLimits(
  endpoint: Pick<Endpoint, 'answer' | 'body' | 'idempotency'> | undefined,
  limits: Pick<Settings['limits'], 'bodyBytes' | 'storedBodyBytes' | 'jsonBytes'>,
): BodyLimits {
  const limitBytes = endpoint?.body.limitBytes;
  const bufferedBytes = limitBytes ?? limits.bodyBytes;
  const isStored = endpoint !== undefined && (isDurable(endpoint) || endpoint.idempotency !== undefined);
  return {
    bufferedBytes: isStored ? Math.min(bufferedBytes, limits.storedBodyBytes) : bufferedBytes,
    jsonBytes: limitBytes ?? Math.min(limits.jsonBytes, limits.bodyBytes),
  };
}
