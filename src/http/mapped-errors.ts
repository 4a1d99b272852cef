import { callFor, type Actor } from '../core/actor';
import type { Endpoint } from '../core/declaration';
import { isHostError } from '../core/errors';
import { isReply, type Reply } from '../core/reply';

/** What its plugin answers in place of an error, on its way up as one. */
export class MappedReply {
  constructor(readonly reply: Reply) {}
}

/** What the plugin wants in place of what its code threw: a reply to answer with, or what is thrown on. */
export function mappedError(endpoint: Pick<Endpoint, 'mapError'>, actor: Actor, thrown: unknown): unknown {
  // What is not to be sent may stand in the answer of the plugin, too.
  const isBroken = isHostError(thrown) && thrown.code === 'endpoint/broken-response';
  if (endpoint.mapError === undefined || isBroken) return thrown;
  try {
    return callFor(actor, (error) => endpoint.mapError?.(error), thrown);
  } catch (instead) {
    return instead;
  }
}

/** @throws MappedReply, or what is thrown on */
export function throwMapped(endpoint: Pick<Endpoint, 'mapError'>, actor: Actor, thrown: unknown): never {
  const instead = mappedError(endpoint, actor, thrown);
  throw isReply(instead) && instead !== thrown ? new MappedReply(instead) : instead;
}
