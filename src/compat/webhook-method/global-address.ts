import type { Outcome, SharedAddress } from '../../core/ports/shared-address';
import { reply } from '../../core/reply';
import { normaliseEndpoint } from '../../core/endpoint-path';
import { envelope, type EnvelopeError, type EnvelopeResult } from './envelope';
import { GLOBAL_BASE } from './legacy-reply';

export interface GlobalAddressOptions {
  /** Endpoint → the key of the only plugin that gets it, as in the setting `compat.pins`. */
  readonly pins: Readonly<Record<string, string>>;
}

/**
 * The rules of `/api/webhook/<endpoint>`: every plugin with the endpoint runs, in isolation, and the answer is the old
 * system's envelope. A pinned endpoint reaches that plugin or nobody: a pin keeps other plugins from reading along,
 * also while the pinned one is away.
 */
export function createGlobalAddress({ pins }: GlobalAddressOptions): SharedAddress {
  const pinned = new Map(Object.entries(pins).map(([endpoint, key]) => [normaliseEndpoint(endpoint), key]));
  return {
    choose: (path, keys) => {
      const only = pinned.get(endpointOf(path));
      return only === undefined ? keys : keys.filter((key) => key === only);
    },
    gather: (outcomes) => {
      const results = outcomes.filter((outcome) => outcome.status < 400).map(toResult);
      const errors = outcomes.filter((outcome) => outcome.status >= 400).map(toEnvelopeError);
      const status = results.length > 0 ? 200 : (errors[0]?.status ?? 404);
      const headers: Record<string, string> = status === 503 ? { 'retry-after': '5' } : {};
      return reply(status, envelope(results, errors), headers);
    },
  };
}

/** Accepts the endpoint's own path and the whole address alike. */
function endpointOf(path: string): string {
  return normaliseEndpoint(path.startsWith(`${GLOBAL_BASE}/`) ? path.slice(GLOBAL_BASE.length) : path);
}

function toResult(outcome: Outcome): EnvelopeResult {
  const body = 'body' in outcome ? outcome.body : outcome.message;
  return { plugin: outcome.plugin, status: outcome.status, body: body ?? null };
}

function toEnvelopeError(outcome: Outcome): EnvelopeError {
  const message = 'message' in outcome ? outcome.message : wordsIn(outcome.body, outcome.status);
  return { plugin: outcome.plugin, status: outcome.status, message };
}

/** What an error body says in words; a handler may answer 4xx by returning instead of throwing. */
function wordsIn(body: unknown, status: number): string {
  if (typeof body === 'string') return body;
  const { detail, message } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  const words = [detail, message].find((candidate) => typeof candidate === 'string');
  return words === undefined ? `HTTP ${status}` : String(words);
}
