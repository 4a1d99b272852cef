import { isUint8Array } from 'node:util/types';
import { HostError } from '../core/errors';
import type { Outcome } from '../core/ports/shared-address';
import { isReadable, toReply } from '../core/reply';
import { writeReply } from './answer';
import { mediaTypeOf, NO_BYTES, readBuffered } from './body';
import { callChecked, reportFailure, wrongType, type Outlet } from './endpoint-call';
import { LiveExchange } from './exchange';
import { fileLimit, formLimits } from './form-rules';
import type { Gate } from './gate';
import { recordWhenOver, serveKept, startKeeping } from './kept-call';
import type { GateRequest, GateResponse } from './messages';
import { spoolBytes, spoolForm, type Form } from './multipart';
import { titleOf, toProblem } from './problem';
import { hasBody } from './request-head';
import { notReadyError, oldAlias } from './resolution';
import type { Site } from './site';

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
 * refuses or is not ready is an outcome like any other.
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
  const listeners = sites.map((site) => listen(gate, call, site));
  const exchanges = listeners.filter((listener) => listener instanceof LiveExchange);
  response.passage = { responseClosed: () => exchanges.forEach((exchange) => exchange.responseClosed()) };
  recordOnce(gate, exchanges);
  if (exchanges.length > 0) await readOnce(request, exchanges);
  const outcomes = await Promise.all(
    listeners.map(async (listener) => (listener instanceof LiveExchange ? run(gate, listener) : listener)),
  );
  if (response.destroyed) return;
  const reply = shared.gather(outcomes);
  if (reply.status === 405) response.setHeader('allow', allowedAt(sites, base, path));
  writeReply(request, response, reply, () => response.destroy());
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

/** The exchange of one plugin, or why it gets none. */
function listen(gate: Gate, call: SharedAddressCall, site: Site): LiveExchange | Outcome {
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
  try {
    gate.admit(request, match.target);
  } catch (refusal) {
    return failure(site.key, refusal);
  }
  const mistyped = hasBody(request) ? wrongType(match.target.bodyKind, mediaTypeOf(request)) : undefined;
  if (mistyped !== undefined) return failure(site.key, mistyped);
  return new LiveExchange(request, response, live, match.target, match.params, base, path);
}

/** One receipt for all listeners; those that store keep their own. */
function recordOnce(gate: Gate, exchanges: readonly LiveExchange[]): void {
  const recording = exchanges.filter(({ target }) => target.isKept && !target.needsBytes);
  const [first, ...others] = recording;
  if (first === undefined) return;
  startKeeping(first, first.outlet);
  const also = others.map(({ key }) => key).join(', ');
  recordWhenOver(gate, first, also === '' ? undefined : `the address is shared with ${also}`);
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
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    if (!hasBody(request)) resolve(NO_BYTES);
    else
      readBuffered(request, bufferedBytes, (refusal, read) =>
        refusal === undefined ? resolve(read) : reject(refusal),
      );
  });
  const plain = exchanges.filter(
    ({ target }) => !takesForm || target.needsBytes || target.bodyKind === 'raw',
  );
  for (const exchange of plain) exchange.takeBytes(bytes);
  const rest = exchanges.filter((exchange) => !plain.includes(exchange));
  if (rest.length > 0) handOut(await spoolBytes(bytes, request.headers['content-type'] ?? '', limits), rest);
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

function run(gate: Gate, exchange: LiveExchange): Promise<Outcome> {
  return new Promise((resolve) => {
    const outlet: Outlet = {
      succeed(_exchange, value) {
        exchange.isAnswered = true;
        resolve(outcomeOf(exchange, value));
      },
      fail(_exchange, thrown) {
        exchange.isAnswered = true;
        resolve(failedOutcome(exchange, thrown));
      },
    };
    const refusal = unfitFor(exchange);
    if (exchange.keeping === undefined && exchange.target.needsBytes) startKeeping(exchange, outlet);
    exchange.outlet = outlet;
    if (refusal !== undefined) outlet.fail(exchange, refusal);
    else if (exchange.target.needsBytes) serveKept(gate, exchange, outlet);
    else callChecked(exchange, gate.deadlines, outlet);
  });
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

function outcomeOf(exchange: LiveExchange, value: unknown): Outcome {
  const plugin = exchange.key;
  try {
    const { status, body } = toReply(value);
    if (isUint8Array(body)) return { plugin, status, body: Buffer.from(body).toString('utf8') };
    if (isReadable(body)) {
      body.destroy();
      return { plugin, status, body: undefined };
    }
    JSON.stringify(body);
    return { plugin, status, body };
  } catch (cause) {
    return failedOutcome(exchange, new HostError('endpoint/unserializable', [], { cause }));
  }
}

function failedOutcome(exchange: LiveExchange, thrown: unknown): Outcome {
  if (toProblem(thrown).unexpected) reportFailure(exchange, thrown);
  return failure(exchange.key, thrown);
}

function failure(plugin: Outcome['plugin'], thrown: unknown): Outcome {
  const { status, detail } = toProblem(thrown);
  return { plugin, status, message: messageOf(detail) ?? titleOf(status) };
}

/** The words in the body of a refusal, wherever its author put them. */
function messageOf(body: unknown): string | undefined {
  if (typeof body === 'string') return body;
  if (typeof body !== 'object' || body === null) return undefined;
  const { detail, message, error } = body as Record<string, unknown>;
  return [detail, message, error].find((words): words is string => typeof words === 'string');
}
