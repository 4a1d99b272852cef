import type http from 'node:http';
import type { Socket } from 'node:net';
import { HostError } from '../core/errors';
import type { Explainer } from '../core/ports/explain';
import { SOCKET_METHOD } from '../core/server-socket';
import { writeReply } from './answer';
import { continueBody } from './body';
import type { BrokenResponseCount } from './broken-responses';
import { callEndpoint, responseOutlet } from './endpoint-call';
import { LiveExchange } from './exchange';
import { explain } from './explain';
import { Gate, type GatewayParts } from './gate';
import { answerHandshake, callGuarded } from './guarded-call';
import { callKept } from './kept-call';
import { createMessageClasses, type GateRequest, type GateResponse } from './messages';
import { accountOf, answerThrown } from './problem';
import { confinePulled } from './pulled-request';
import type { RawRefusal } from './raw-refusal';
import type { RefusalCount } from './refusals';
import { requestIdOf } from './request-head';
import { pathOf, toOriginForm } from './request-path';
import { resolve, type Resolution } from './resolution';
import { responseRecord } from './response-record';
import { callRouters } from './router-call';
import { Listeners } from './server';
import { allowedAt, callShared, noteOldAddresses } from './shared-call';
import { callTyped } from './typed-call';
import { callSocket } from './socket-call';
import { SocketExchange } from './socket-exchange';
import { checkUpgrade } from './socket-upgrade';

export type { GatewayParts } from './gate';

/** The host's HTTP face: one server, every plugin behind it. */
export interface Gateway extends Explainer {
  readonly server: http.Server;
  /** Resolves with the port. @throws host/address-in-use */
  listen(port: number, host: string): Promise<number>;
  /**
   * Serves the operator's own Unix socket, readable by its owner only; what comes through it is marked local.
   * @throws host/address-in-use when anything is at the path, host/socket-path-too-long
   */
  listenSocket(path: string): Promise<void>;
  /** Answers that broke the schema of their endpoint, since it was made; for metrics. */
  brokenResponses(): readonly BrokenResponseCount[];
  /** Requests that the gate refused, since it was made; for metrics. */
  refusals(): readonly RefusalCount[];
  /** Stops accepting, lets open requests finish for at most `stopMs`, then cuts the rest. */
  close(stopMs: number): Promise<void>;
}

/** Makes a gateway. Nothing listens yet. */
export function createGateway(parts: GatewayParts): Gateway {
  const dispatcher = new Dispatcher(parts);
  const { gate } = dispatcher;
  const classes = createMessageClasses(parts.app);
  const listeners = new Listeners(classes, parts.settings, dispatcher);
  return {
    server: listeners.server,
    listen: (port, host) => listeners.listen(port, host),
    listenSocket: (path) => listeners.listenSocket(path),
    async close(stopMs) {
      gate.isStopping = true;
      for (const socket of gate.sockets) socket.retiring('shutdown');
      await listeners.close(stopMs);
      gate.deadlines.stop();
    },
    refusals: () => gate.refusals.counts,
    brokenResponses: () => gate.brokenResponses.counts,
    explain: (method, path) => explain(gate, method, path),
  };
}

/** Of a request in doubt: what follows on its connection may not be what its sender meant. */
const CLOSING = { headers: { connection: 'close' } };
const stopping = () => new HostError('host/stopping', [], { headers: { 'retry-after': '5' } });

class Dispatcher {
  readonly gate: Gate;
  readonly #pipelined = new WeakMap<Socket, Set<GateResponse>>();
  readonly #record: GateResponse['onLog'];

  constructor(parts: GatewayParts) {
    this.gate = new Gate(parts);
    this.#record = responseRecord(parts);
  }

  handle(request: GateRequest, response: GateResponse, refusal?: HostError): void {
    if (this.gate.checks?.answers(request, response) === true) return;
    const record = this.#record;
    if (record !== undefined) {
      response.startedAt = performance.now();
      response.onLog = record;
      // Now, because a connection that is gone no longer knows its peer.
      response.callerIp = request.clientIp;
    }
    if (this.gate.isStopping) response.shouldKeepAlive = false;
    if (response.socket === null) this.#watch(request.socket, response);
    request.originalUrl = request.url ?? '/';
    request.requestId = requestIdOf(request);
    try {
      if (refusal !== undefined) throw refusal;
      this.#dispatch(request, response);
    } catch (thrown) {
      this.#refuse(request, response, thrown);
    }
  }

  /** The one line of what was refused; a response whose place was taken writes none of its own. */
  refused(refusal: RawRefusal): void {
    if (refusal.response !== undefined) refusal.response.onLog = undefined;
    this.gate.parts.accessLog?.recordRefusal(refusal);
    this.gate.parts.measuring?.recordRefusal(refusal);
  }

  failed(error: Error): void {
    this.gate.parts.logger.error(`a connection could not be accepted: ${error.message}`);
  }

  #dispatch(request: GateRequest, response: GateResponse): void {
    const { sites, parts } = this.gate;
    const { limits } = parts.settings;
    // RFC 9112 §3.2
    if (request.headers.host === undefined && request.httpVersion === '1.1')
      throw new HostError('request/no-host', [], CLOSING);
    let url = request.originalUrl;
    if (url.length > limits.urlBytes) throw new HostError('request/url-too-long', [limits.urlBytes]);
    if (url.charCodeAt(0) !== 47) {
      const target = toOriginForm(url);
      if (target === undefined) {
        this.#withoutPath(request, response);
        return;
      }
      url = request.url = request.originalUrl = target;
    }
    const method = request.handshake === undefined ? (request.method ?? '') : SOCKET_METHOD;
    const resolution = confinePulled(request, resolve(sites, parts.prefixAliases, method, url));
    checkUpgrade(request, resolution);
    this.#run(request, response, resolution);
  }

  #run(request: GateRequest, response: GateResponse, resolution: Resolution): void {
    switch (resolution.kind) {
      case 'endpoint': {
        const { site, live, match, base, path, old } = resolution;
        request.site = response.site = site;
        response.measured = match.target;
        if (old !== undefined) this.gate.deprecate(request, response, old);
        if (request.handshake !== undefined) {
          const { target, params } = match;
          const exchange = new SocketExchange(request, response, live, target, params, base, path);
          response.passage = exchange;
          callSocket(this.gate, exchange, request.handshake);
          return;
        }
        const exchange = new LiveExchange(request, response, live, match.target, match.params, base, path);
        response.passage = exchange;
        if (match.target.isGuarded) callGuarded(this.gate, exchange, responseOutlet);
        else if (match.target.isTyped) callTyped(this.gate, exchange, responseOutlet);
        else if (match.target.isKept) callKept(this.gate, exchange, responseOutlet);
        else callEndpoint(exchange, this.gate.deadlines, responseOutlet);
        return;
      }
      case 'routers': {
        const { site, live, routes, base, path, old } = resolution;
        request.site = response.site = site;
        if (old !== undefined) this.gate.deprecate(request, response, old);
        callRouters({ gate: this.gate, request, response, live, routes, base, path });
        return;
      }
      case 'handshake':
        this.#runHandshake(request, response, resolution);
        return;
      case 'options':
        if (resolution.old !== undefined) this.gate.deprecate(request, response, resolution.old);
        this.#answerOptions(request, response, resolution.allow);
        return;
      case 'shared':
        this.#runShared(request, response, resolution);
        return;
      case 'host':
        this.#runHost(request, response);
        return;
      case 'refusal':
        response.isLegacy = resolution.isLegacy;
        if (resolution.old !== undefined) this.gate.deprecate(request, response, resolution.old);
        if (resolution.unnamed !== undefined)
          this.gate.deprecateUnnamed(request, response, resolution.unnamed);
        if (resolution.note !== undefined) this.gate.parts.logger.warn(resolution.note);
        this.#refuse(request, response, this.#isLeaving(resolution.error) ? stopping() : resolution.error);
    }
  }

  /** While the host stops, plugins go one by one: what they no longer answer is not "not found". */
  #isLeaving(error: HostError): boolean {
    return this.gate.isStopping && (error.code === 'request/not-found' || error.code === 'plugin/not-ready');
  }

  #runShared(
    request: GateRequest,
    response: GateResponse,
    found: Extract<Resolution, { kind: 'shared' }>,
  ): void {
    const { sites, base, path } = found;
    if (request.method === 'OPTIONS') {
      noteOldAddresses(this.gate, { request, response, sites, base, path });
      this.#answerOptions(request, response, allowedAt(sites, base, path));
      return;
    }
    callShared(this.gate, { request, response, sites, base, path }).catch((thrown: unknown) =>
      this.#refuse(request, response, thrown),
    );
  }

  #runHandshake(
    request: GateRequest,
    response: GateResponse,
    { site, match: { target }, old, otherwise }: Extract<Resolution, { kind: 'handshake' }>,
  ): void {
    const asking = {
      request,
      key: site.key,
      target,
      receivedAt: this.gate.clock.now(),
      ip: request.clientIp,
    };
    request.site = response.site = site;
    response.measured = target;
    response.isLegacy = old !== undefined;
    answerHandshake(this.gate, asking, response)
      .then((answer) => {
        if (response.isOver) return;
        if (answer === undefined) {
          this.#run(request, response, otherwise);
          return;
        }
        if (old !== undefined) this.gate.deprecate(request, response, old);
        writeReply(request, response, answer, () => response.destroy());
      })
      .catch((thrown: unknown) => this.#refuse(request, response, thrown));
  }

  #runHost(request: GateRequest, response: GateResponse): void {
    response.isOwn = true;
    response.setHeader('x-request-id', request.requestId);
    continueBody(request);
    const done = (thrown?: unknown) =>
      this.#refuse(
        request,
        response,
        thrown || new HostError('request/not-found', [pathOf(request.originalUrl)]),
      );
    (this.gate.parts.app as unknown as (request: unknown, response: unknown, done: unknown) => void)(
      request,
      response,
      done,
    );
  }

  #answerOptions(request: GateRequest, response: GateResponse, allow: string): void {
    response.statusCode = 204;
    response.setHeader('allow', allow);
    response.setHeader('x-request-id', request.requestId);
    response.end();
  }

  /** `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7); nothing else has no path. */
  #withoutPath(request: GateRequest, response: GateResponse): void {
    if (request.url !== '*' || request.method !== 'OPTIONS')
      throw new HostError('request/bad-path', ['it does not start with a slash']);
    this.#answerOptions(request, response, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT');
  }

  #refuse(request: GateRequest, response: GateResponse, thrown: unknown): void {
    answerThrown(request, response, thrown, (error) => {
      const { message, stack } = accountOf(error, (text) => text);
      const { requestId } = request;
      this.gate.parts.logger.error(`${request.method ?? ''} failed in the host: ${message}`, {
        stack,
        requestId,
      });
    });
  }

  /**
   * A pipelined request waits for its turn without a socket of its own, so it would not hear its connection close:
   * its lease would never end.
   */
  #watch(socket: Socket, response: GateResponse): void {
    let waiting = this.#pipelined.get(socket);
    if (waiting === undefined) {
      waiting = new Set();
      this.#pipelined.set(socket, waiting);
      const all = waiting;
      socket.once('close', () => all.forEach((late) => late.over()));
    }
    waiting.add(response);
    response.once('close', () => waiting.delete(response));
  }
}
