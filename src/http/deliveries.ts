import { callFor } from '../core/actor';
import type { Endpoint } from '../core/declaration';
import type { LiveMount } from '../core/live-mount';
import type { Deliveries, StoredDelivery } from '../core/ports/inbox';
import type { BrokenResponses } from './broken-responses';
import { checkForm } from './form-rules';
import { failureIn, isRefusal, lateRefusal, letGo } from './held-call';
import { formFrom, StoredExchange, StoredRequestView } from './stored-exchange';
import { buildTarget, type ServingSettings, type Target } from './target';

/** How handlers are run on stored requests. The caller holds the lease on `live`. `broken`: the gateway's, for one count. */
export function createDeliveries(settings: ServingSettings, broken?: BrokenResponses): Deliveries {
  const targets = new WeakMap<Endpoint, Target>();
  const targetOf = (endpoint: Endpoint): Target => {
    const known = targets.get(endpoint) ?? buildTarget(endpoint, settings, undefined, broken);
    targets.set(endpoint, known);
    return known;
  };
  return {
    deliver: (live, endpoint, delivery) => deliver(live, targetOf(endpoint), delivery),
    read: (plugin, endpoint, request) => new StoredRequestView(plugin, targetOf(endpoint), request),
  };
}

async function deliver(live: LiveMount, target: Target, delivery: StoredDelivery): Promise<void> {
  const exchange = new StoredExchange(live, target, delivery);
  const handle = target.handle as (exchange: StoredExchange) => unknown;
  try {
    const form = await formFrom(exchange);
    if (form !== undefined) exchange.takeForm(form);
    checkForm(target, form?.files ?? [], exchange.fields);
    const value = await callFor(live.actor, handle, exchange);
    const failure = failureIn(value);
    if (failure !== undefined) throw failure;
    letGo(value);
  } catch (thrown) {
    throw isRefusal(thrown) ? lateRefusal(thrown) : thrown;
  } finally {
    exchange.over();
  }
}
