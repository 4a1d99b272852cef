import { HostError } from '../core/errors';
import type { SharedAcceptance } from '../core/ports/inbox';
import type { Outcome } from '../core/ports/shared-address';
import { writeReply } from './answer';
import { isEncoded, mediaTypeOf, NO_BYTES, readBuffered } from './body';
import { callChecked, wrongType } from './endpoint-call';
import { LiveExchange } from './exchange';
import { fileLimit, formLimits } from './form-rules';
import type { Gate } from './gate';
import { admitExchange } from './guarded-call';
import { receiveWire } from './kept-body';
import { serveKept, startKeeping } from './kept-call';
import { recordWhenOver } from './recording';
import type { GateRequest, GateResponse } from './messages';
import { spoolBytes, spoolForm, type Form } from './multipart';
import { bytesOf, removeFiles } from './received-body';
import { hasBody } from './request-head';
import { oldAlias } from './alias-resolution';
import { notReadyError } from './refused-resolution';
import { failure, Listener } from './shared-listener';
import { storeShared } from './shared-storing';
import type { Site } from './site';
import { needsWire } from './target';

interface SharedAddressCall {
  readonly request: GateRequest;
  readonly response: GateResponse;
  readonly sites: readonly Site[];
  readonly base: string;
  readonly path: string;
}

/**
 * Runs every plugin that listens at a shared address on the same body, each with its own exchange, lease and
 * deadline, and answers with what the rules of shared addresses make of the outcomes. A plugin that throws, hangs,
 * refuses or is not ready is an outcome like any other. For those that store it is stored before any handler runs.
 * @throws inbox/unavailable when it cannot be stored: no handler ran, and the sender is to come again
 */
export async function callShared(gate: Gate, call: SharedAddressCall): Promise<void> {
  const { request, response, base, path } = call;
  const { shared } = gate.parts;
  response.isLegacy = true;
  const keys = call.sites.map((site) => site.key);
  const chosen = shared?.choose(path, keys) ?? [];
  const sites = call.sites.filter((site) => chosen.includes(site.key));
  if (shared === undefined || sites.length === 0) throw new HostError('request/not-found', [base + path]);
  noteOldAddresses(gate, { ...call, sites });
  const heard = sites.map((site) => listen(gate, call, site));
  const all = heard.filter((one) => one instanceof Listener);
  response.passage = { responseClosed: () => all.forEach(({ exchange }) => exchange.responseClosed()) };
  const listeners = all.some(({ exchange }) => exchange.target.isGuarded) ? await admitAll(gate, all) : all;
  recordOnce(gate, listeners);
  tellOfOthers(all);
  if (listeners.length > 0)
    await readOnce(
      request,
      listeners.map(({ exchange }) => exchange),
    );
  const stored = await runAll(gate, listeners);
  const outcomes = await Promise.all(heard.map(async (one) => (one instanceof Listener ? one.outcome : one)));
  if (response.destroyed) return;
  const reply = shared.gather(outcomes);
  if (reply.status === 405) response.setHeader('allow', allowedAt(sites, base, path));
  if (heard.every((one) => one instanceof Listener && one.isDuplicate))
    response.setHeader('gatehouse-duplicate', 'true');
  writeReply(request, response, reply, () => response.destroy());
  stored?.answered({ status: reply.status });
}

/** The methods that any of the plugins answers at a shared address. */
export function allowedAt(sites: readonly Site[], base: string, path: string): string {
  const methods = sites.flatMap((site) => site.aliases.get(base)?.routes.allowed(path) ?? []);
  return [...new Set(methods)].sort().join(', ');
}

/** Counts the use of an old address for each plugin that listens there; its headers go on the answer. */
export function noteOldAddresses(gate: Gate, call: SharedAddressCall): void {
  const { request, response, sites, base, path } = call;
  for (const site of sites) {
    const table = site.aliases.get(base);
    if (table === undefined || site.live === undefined) continue;
    const old = oldAlias(site, table, { base, rest: path });
    if (old !== undefined) gate.deprecate(request, response, old);
  }
}

/** The part of one plugin, or why it has none. */
function listen(gate: Gate, call: SharedAddressCall, site: Site): Listener | Outcome {
  const { request, response, base, path } = call;
  const { live } = site;
  if (live === undefined) return failure(site.key, notReadyError(site.key));
  const method = request.method ?? '';
  const routes = site.aliases.get(base)?.routes;
  const match = routes?.find(method, path);
  if (match === undefined)
    return failure(
      site.key,
      new HostError('request/method-not-allowed', [method, routes?.allowed(path).join(', ') ?? '']),
    );
  const mistyped = hasBody(request) ? wrongType(match.target.bodyKind, mediaTypeOf(request)) : undefined;
  if (mistyped !== undefined) return failure(site.key, mistyped);
  const exchange = new LiveExchange(request, response, live, match.target, match.params, base, path);
  return new Listener(exchange, gate);
}

/** Each by its own guard; what it refuses is an outcome. */
async function admitAll(gate: Gate, listeners: readonly Listener[]): Promise<Listener[]> {
  const admitted = await Promise.all(
    listeners.map(async (listener) => {
      const { exchange, outlet } = listener;
      try {
        if (exchange.target.isGuarded) await admitExchange(gate, exchange, outlet);
        return listener;
      } catch (refusal) {
        outlet.fail(exchange, refusal);
        return undefined;
      }
    }),
  );
  return admitted.filter((listener) => listener !== undefined);
}

/** One receipt for all listeners that only record, which says what each answered; those that store keep their own. */
function recordOnce(gate: Gate, listeners: readonly Listener[]): void {
  const recording = listeners.filter(({ exchange: { target } }) => target.isKept && !target.needsBytes);
  const [first, ...others] = recording;
  if (first === undefined) return;
  startKeeping(gate, first.exchange, first.outlet);
  recordWhenOver(gate, first.exchange, () =>
    others.length === 0
      ? []
      : [
          `the address is shared with ${others.map(({ exchange }) => exchange.key).join(', ')}`,
          `answered: ${recording.map(({ exchange, status }) => `${exchange.key} ${status ?? 'not yet'}`).join(', ')}`,
        ],
  );
}

/** What is kept of the request for one listener holds what the accesses of the others ask for, too. */
function tellOfOthers(listeners: readonly Listener[]): void {
  const endpoints = listeners.map(({ exchange: { target } }) => target.endpoint);
  for (const { exchange } of listeners)
    if (exchange.keeping !== undefined) exchange.keeping.sharedWith = endpoints;
}

/** Reads the body once, by the widest of the limits; each endpoint's own are held against it afterwards. */
async function readOnce(request: GateRequest, exchanges: readonly LiveExchange[]): Promise<void> {
  const targets = exchanges.map(({ target }) => target);
  const bufferedBytes = Math.max(...targets.map(({ limits }) => limits.bufferedBytes));
  const isForm = hasBody(request) && mediaTypeOf(request) === 'multipart/form-data';
  const limits = {
    fileBytes: (field: string) => Math.max(...targets.map((target) => fileLimit(target, field))),
    files: Math.max(...targets.map((target) => target.limits.files)),
    fieldBytes: Math.max(...targets.map((target) => formLimits(target).fieldBytes)),
  };
  const takesForm = isForm && targets.some(({ bodyKind }) => bodyKind !== 'raw');
  const storesBytes = targets.some(({ needsBytes }) => needsBytes);
  if (takesForm && !storesBytes) {
    handOut(await spoolForm(request, limits), exchanges);
    return;
  }
  const isJudged = targets.some(({ guard }) => needsWire(guard));
  const { bytes, wire } = await readBytes(request, bufferedBytes, isJudged);
  for (const { keeping } of exchanges) if (keeping !== undefined) keeping.wire = wire;
  const plain = exchanges.filter(
    ({ target }) => !takesForm || target.needsBytes || target.bodyKind === 'raw',
  );
  for (const exchange of plain) exchange.takeBytes(bytes);
  const rest = exchanges.filter((exchange) => !plain.includes(exchange));
  if (rest.length > 0) handOut(await spoolBytes(bytes, request.headers['content-type'] ?? '', limits), rest);
}

/** In memory; as it came too, where it is judged and that is something else. */
async function readBytes(
  request: GateRequest,
  limitBytes: number,
  isJudged: boolean,
): Promise<{ readonly bytes: Buffer; readonly wire: Buffer | undefined }> {
  if (!hasBody(request)) return { bytes: NO_BYTES, wire: undefined };
  if (isJudged && isEncoded(request)) {
    const { body, wire, failure: undecodable } = await receiveWire(request, limitBytes);
    try {
      if (undecodable !== undefined) throw undecodable;
      return { bytes: bytesOf(body), wire: wire && bytesOf(wire) };
    } finally {
      await removeFiles(body, wire);
    }
  }
  const bytes = await new Promise<Buffer>((resolve, reject) =>
    readBuffered(request, limitBytes, (refusal, read) =>
      refusal === undefined ? resolve(read) : reject(refusal),
    ),
  );
  return { bytes, wire: undefined };
}

function handOut(form: Form, exchanges: readonly LiveExchange[]): void {
  const shared = shareForm(form, exchanges.length);
  for (const exchange of exchanges) exchange.takeForm(shared);
}

/** A form whose files go when the last of its readers is done with them. */
function shareForm(form: Form, readers: number): Form {
  let left = readers;
  const remove = async () => {
    left -= 1;
    if (left === 0) await form.remove();
  };
  return { fields: form.fields, files: form.files, remove };
}

/** Stores first, for what cannot be stored must not have run. Each listener has an outcome sooner or later. */
async function runAll(gate: Gate, listeners: readonly Listener[]): Promise<SharedAcceptance | undefined> {
  const fit = listeners.filter(({ exchange, outlet }) => {
    const refusal = unfitFor(exchange);
    if (refusal !== undefined) outlet.fail(exchange, refusal);
    return refusal === undefined;
  });
  const storing = fit.filter(({ isStored }) => isStored);
  const stored = storing.length === 0 ? undefined : await storeShared(gate, storing);
  for (const { exchange, outlet, isStored } of fit)
    if (isStored) continue;
    else if (exchange.target.needsBytes) serveKept(gate, exchange, outlet);
    else callChecked(exchange, gate.deadlines, outlet);
  return stored;
}

/** Why the body, read once for all, is not what this endpoint takes. */
function unfitFor(exchange: LiveExchange): HostError | undefined {
  const { bodyKind, limits } = exchange.target;
  if (exchange.spooled === undefined)
    return exchange.raw.length > limits.bufferedBytes
      ? new HostError('body/too-large', [limits.bufferedBytes])
      : undefined;
  // Its bytes went to files, for the sake of those that take forms.
  return bodyKind === 'raw' ? new HostError('body/wrong-type', ['no multipart form here']) : undefined;
}
