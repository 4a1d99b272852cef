import { randomUUID } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { hostname } from 'node:os';
import { callFor, lastEntered } from '../core/actor';
import { credentialPlaces } from '../core/access-credentials';
import { maskTarget } from '../core/credentials';
import type { Declaration, Endpoint } from '../core/declaration';
import { HostError, toError } from '../core/errors';
import type { Awaitable, Exchange } from '../core/exchange';
import { HttpError } from '../core/http-error';
import type { PluginKey } from '../core/plugin-key';
import type { PulledAnswer, PulledRequest, PullFilter, PullPoint, PullsDesk } from '../core/ports/pulls';
import { reply } from '../core/reply';
import { maskedPull } from './masked-pull';

export interface PullDeskOptions {
  /** How long an answer is waited for before the plugin's own handler is called; default 10,000. */
  readonly waitMs?: number | undefined;
  /** All live values of a plugin's secrets: they are masked in what is handed out. */
  readonly secretsOf?: ((plugin: PluginKey) => readonly string[]) | undefined;
  /** What tells this host from others behind the same address; default: the name of the machine. */
  readonly host?: string | undefined;
  /** Aborts when the host stops. */
  readonly stopping?: AbortSignal | undefined;
}

const WAIT_MS = 10_000;
/** Handed to one who pulls and not answered; more are this host's own. */
const MOST_WAITING = 100;
const MOST_PULLERS = 50;
/** Not yet taken by one who pulls, as base64; the one that comes on top is this host's own. */
const MOST_QUEUED_CHARACTERS = 16 * 1024 ** 2;
/** Whoever leaves so many in a row without an answer only delays senders. */
const MOST_UNANSWERED = 3;
/** How soon one whose token was revoked gives back what was handed over. */
const ASKED_AGAIN_MS = 1_000;
const MOST_REQUEST_BYTES = 512 * 1024;
const MOST_ANSWER_BYTES = 1024 ** 2;
/** They open nothing but their request, and that is not to be sent again by anybody else. */
const SIGNATURE = /signature|hmac|jwt|digest/i;
/** Of the connection, or made anew for the answer that is sent. */
const NOT_PASSED =
  /^(?:connection|keep-alive|transfer-encoding|content-length|date|set-cookie|x-request-id)$/i;

interface Puller {
  readonly filter: PullFilter;
  readonly isAllowed: () => boolean;
  readonly queue: PulledRequest[];
  /** In a row, until now. */
  unanswered: number;
  isOver: boolean;
  wake(): void;
  /** Not answered yet, by id. */
  readonly waiting: Map<string, (answer: PulledAnswer | undefined) => void>;
}

/**
 * Hands verified requests to those who pull. States of one: offered → answered, or taken back (no answer in time, who pulled is
 * gone, the request is over), and then the plugin's own handler is called, as if nobody had pulled.
 */
export class PullDesk implements PullsDesk, PullPoint {
  readonly #pullers = new Set<Puller>();

  constructor(private readonly options: PullDeskOptions = {}) {}

  get isIdle(): boolean {
    return this.#pullers.size === 0;
  }

  async *follow(
    filter: PullFilter,
    given: AbortSignal,
    isAllowed: () => boolean = () => true,
  ): AsyncGenerator<PulledRequest> {
    if (this.#pullers.size >= MOST_PULLERS)
      throw new HostError('inbox/bad-request', [`${MOST_PULLERS} pull from this host already`]);
    const { stopping } = this.options;
    const signal = stopping === undefined ? given : AbortSignal.any([given, stopping]);
    const puller: Puller = {
      ...{ filter, isAllowed, queue: [], unanswered: 0, isOver: signal.aborted },
      ...{ waiting: new Map(), wake: () => {} },
    };
    const end = () => this.#end(puller);
    const check = setInterval(() => isAllowed() || end(), ASKED_AGAIN_MS).unref();
    signal.addEventListener('abort', end);
    this.#pullers.add(puller);
    try {
      while (!puller.isOver) {
        const request = puller.queue.shift();
        if (request === undefined) await new Promise<void>((resolve) => (puller.wake = resolve));
        else yield request;
      }
    } finally {
      end();
      clearInterval(check);
      signal.removeEventListener('abort', end);
    }
    if (puller.unanswered >= MOST_UNANSWERED) throw new HostError('pulls/dropped', [MOST_UNANSWERED]);
  }

  /** What it was handed is the plugin's own from now on. */
  #end(puller: Puller): void {
    puller.isOver = true;
    this.#pullers.delete(puller);
    for (const answer of puller.waiting.values()) answer(undefined);
    puller.wake();
  }

  async answer(id: string, given: PulledAnswer | undefined): Promise<boolean> {
    const puller = [...this.#pullers].find(({ waiting }) => waiting.has(id));
    const take = puller?.waiting.get(id);
    // Even an answer that is none says that somebody is there.
    if (puller !== undefined) puller.unanswered = 0;
    try {
      const answer = given === undefined ? undefined : readAnswer(given);
      take?.(answer);
    } catch (thrown) {
      take?.(undefined);
      throw thrown;
    }
    return take !== undefined;
  }

  offer(
    plugin: PluginKey,
    endpoint: Endpoint,
    exchange: Exchange,
    own: () => Awaitable<unknown>,
  ): Awaitable<unknown> {
    const name = `${endpoint.method} ${endpoint.path}`;
    const puller = this.#find(plugin, name);
    const found = puller === undefined ? undefined : toPulled(plugin, name, endpoint, exchange);
    if (puller === undefined || found === undefined) return own();
    const shown = maskedPull(found, endpoint.access, this.options.secretsOf?.(plugin) ?? []);
    const request = { ...shown, host: this.options.host ?? hostname() };
    if (charactersOf([...puller.queue, request]) > MOST_QUEUED_CHARACTERS) return own();
    // Whoever called this did so for the plugin; what is called later is, too.
    const actor = lastEntered();
    const { signal } = exchange;
    return this.#wait(puller, request, signal).then((answer) => {
      if (answer !== undefined) return toReply(answer, exchange);
      // Its sender has an answer, or left and comes again: nobody is to do it for them now.
      signal.throwIfAborted();
      return actor === undefined ? own() : callFor(actor, own);
    });
  }

  /** Whoever came last of those that may be handed more. */
  #find(plugin: PluginKey, name: string): Puller | undefined {
    const asked = [...this.#pullers].filter(
      ({ filter, waiting }) =>
        (filter.plugin ?? plugin) === plugin &&
        (filter.endpoint ?? name) === name &&
        waiting.size < MOST_WAITING,
    );
    return asked.findLast((puller) => {
      if (!puller.isAllowed()) this.#end(puller);
      return !puller.isOver;
    });
  }

  #wait(puller: Puller, request: PulledRequest, signal: AbortSignal): Promise<PulledAnswer | undefined> {
    return new Promise((resolve) => {
      const done = (answer: PulledAnswer | undefined) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', over);
        puller.waiting.delete(request.id);
        const queued = puller.queue.indexOf(request);
        if (queued !== -1) puller.queue.splice(queued, 1);
        resolve(answer);
      };
      const over = () => done(undefined);
      const late = () => {
        over();
        puller.unanswered += 1;
        if (puller.unanswered >= MOST_UNANSWERED) this.#end(puller);
      };
      const timer = setTimeout(late, this.options.waitMs ?? WAIT_MS);
      signal.addEventListener('abort', over);
      puller.waiting.set(request.id, done);
      puller.queue.push(request);
      puller.wake();
    });
  }
}

/**
 * Puts the point between requests and the handlers of endpoints, whatever calls them: a live request, or a delivery. Handlers
 * that take the body while it comes are left alone.
 */
export function pullable(
  pulls: PullPoint,
): (key: PluginKey, declarations: Iterable<Declaration>) => Iterable<Declaration> {
  return (key, declarations) =>
    [...declarations].map((declaration) => {
      if (declaration.kind !== 'endpoint' || !('handle' in declaration.serve)) return declaration;
      if (declaration.body.kind === 'stream' || declaration.body.kind === 'parts') return declaration;
      const { handle } = declaration.serve;
      const offered = (exchange: Exchange) =>
        pulls.isIdle ? handle(exchange) : pulls.offer(key, declaration, exchange, () => handle(exchange));
      return { ...declaration, serve: { handle: offered } };
    });
}

/** Undefined for what is not handed on: nobody proved who sent it, its body is large, or was spooled as a form. */
function toPulled(
  plugin: PluginKey,
  endpoint: string,
  { access }: Endpoint,
  exchange: Exchange,
): Omit<PulledRequest, 'host'> | undefined {
  const { verified, method, url } = exchange;
  if (verified === undefined) return undefined;
  const raw = rawOf(exchange);
  if (raw === undefined || raw.length > MOST_REQUEST_BYTES) return undefined;
  const places = credentialPlaces(access);
  const headers = [...exchange.headers].filter(([name]) => !places.isHeader(name) && !SIGNATURE.test(name));
  const target = maskTarget(url, places.parameters);
  return {
    id: randomUUID(),
    plugin,
    endpoint,
    method,
    target,
    headers,
    body: raw.toString('base64'),
    verified,
  };
}

function rawOf(exchange: Exchange): Buffer | undefined {
  try {
    return exchange.raw;
  } catch {
    return undefined;
  }
}

/** A job has no sender to refuse: a refusal ends it, as one of the plugin's own would. */
function toReply({ status, headers, body }: PulledAnswer, exchange: Exchange): unknown {
  const bytes = Buffer.from(body, 'base64');
  if (exchange.job !== undefined && status >= 400 && status < 500)
    throw new HttpError(status, bytes.toString('utf8').slice(0, 1_000));
  const passed = headers.filter(([name]) => !NOT_PASSED.test(name));
  return reply(status, bytes.length === 0 ? undefined : bytes, Object.fromEntries(passed));
}

/** @throws inbox/bad-request */
function readAnswer(given: unknown): PulledAnswer {
  const { status, headers, body } = (given ?? {}) as Partial<Record<keyof PulledAnswer, unknown>>;
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599;
  if (!isStatus) throw new HostError('inbox/bad-request', ['status is a number from 200 to 599']);
  if (typeof body !== 'string' || Buffer.byteLength(body, 'base64') > MOST_ANSWER_BYTES)
    throw new HostError('inbox/bad-request', ['body is base64 of at most a MiB']);
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string');
  if (!Array.isArray(headers) || headers.length > 100 || !headers.every(isPair))
    throw new HostError('inbox/bad-request', ['headers are at most 100 pairs of name and value']);
  for (const [name, value] of headers as PulledAnswer['headers']) checkHeader(name, value);
  return { status: Number(status), headers: headers as PulledAnswer['headers'], body };
}

/** @throws inbox/bad-request */
function checkHeader(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (thrown) {
    const why = `a header of the answer cannot be sent: ${toError(thrown).message}`;
    throw new HostError('inbox/bad-request', [why], { cause: thrown });
  }
}

/** Of those queued, about; what is largest of a request is its body. */
function charactersOf(queue: readonly PulledRequest[]): number {
  return queue.reduce((sum, { body }) => sum + body.length, 0);
}
