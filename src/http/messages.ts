import { hash } from 'node:crypto';
import http from 'node:http';
import type { Socket } from 'node:net';
import { isUint8Array } from 'node:util/types';
import express from 'express';
import { createFacade } from './facade';
import { hasBody } from './request-head';
import { pathOf } from './request-path';
import type { Site } from './site';
import type { Handshake } from './socket-call';
import { confineWorker, mayBeWithheld, withholdGiven, withholdSet } from './withheld-answers';
import type { Target } from './target';

/** What a response tells when it is over, answered or abandoned. */
export interface Passage {
  responseClosed(): void;
  /** Of the endpoint, as in log lines; undefined where that is a Router. */
  readonly endpointName?: string;
}

/**
 * A request of our server. Its prototype already is Express's, so neither we nor Express swap prototypes per
 * request. Fields are assigned in the constructor so that every request has one shape.
 */
export class GateRequest extends http.IncomingMessage {
  baseUrl = '';
  originalUrl = '';
  params: unknown = undefined;
  route: unknown = undefined;
  res: GateResponse | undefined = undefined;
  next: unknown = undefined;
  body: unknown = undefined;
  site: Site | undefined = undefined;
  requestId = '';
  /** The client waits for `100 Continue` before it sends the body. */
  awaitsContinue = false;
  /** Bytes of the body that a Router's limit still lets in; without a limit nothing is counted. */
  bodyLeft: number | undefined = undefined;
  onBodyOver: (() => void) | undefined = undefined;
  /** The connection left HTTP with this request, which asks for a WebSocket. */
  handshake: Handshake | undefined = undefined;
  /** What Node made of `upgrade`; written before any field has its first value. */
  declare private isLeaving: boolean | null;
  /** Express's `req.ip` by the host's `trust proxy`; empty on a Unix socket. */
  declare readonly clientIp: string;

  get upgrade(): boolean | null {
    return this.isLeaving;
  }
  /**
   * Node asks this what to do with a request that offers to upgrade. Once a server listens for upgrades it would hand over
   * every one of them, to whatever protocol; those that are no WebSocket handshake go on as the HTTP they are. Written three
   * times: at first, with what the parser found, and, once the head is there, with what Node means to do.
   */
  set upgrade(value: boolean | null) {
    const isDecided = value === true && typeof this.method === 'string' && this.method !== 'CONNECT';
    this.isLeaving = isDecided ? isHandshake(this) : value;
  }

  /**
   * Counts where the parser hands over: a Router reads its request with whatever it likes. What is over the limit,
   * and the end after it, is never seen: a body cut short must not pass for a whole one.
   */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (this.bodyLeft === undefined) return super.push(chunk, encoding);
    if (isUint8Array(chunk)) this.bodyLeft -= chunk.length;
    if (this.bodyLeft >= 0) return super.push(chunk, encoding);
    const over = this.onBodyOver;
    this.onBodyOver = undefined;
    over?.();
    return true;
  }
}

export class GateResponse extends http.ServerResponse<GateRequest> {
  locals: unknown = undefined;
  site: Site | undefined = undefined;
  passage: Passage | undefined = undefined;
  /** What of its site answers it. */
  measured: Target | undefined = undefined;
  /** Headers that errors carry too: those of a deprecated address. */
  standing: Readonly<Record<string, string>> | undefined = undefined;
  /** On old addresses errors also say `error` and `message`. */
  isLegacy = false;
  /** Called once the response is over; undefined while nobody logs or measures. */
  onLog: ((response: GateResponse) => void) | undefined = undefined;
  startedAt = 0;
  /** Epoch ms, as it is kept of its request; 0 where nothing is kept. */
  receivedAt = 0;
  callerIp = '';
  bodyBytes = -1;
  isOver = false;
  /** It was 101, and the connection speaks another protocol. */
  isSwitched = false;
  /** Answered by the host's own application: every other answer may hold what a plugin wrote. */
  isOwn = false;

  /** Overridden instead of a listener per response: a fifth of the cost. */
  override emit(name: string | symbol, ...args: unknown[]): boolean {
    if (name === 'close') this.over();
    // Writing after the end emits 'error'; without a listener that would end the process.
    else if (name === 'error' && this.listenerCount('error') === 0) {
      this.site?.live?.logger.warn(`a response was written to after its end: ${String(args[0])}`);
      return false;
    }
    return super.emit(name, ...args);
  }

  /** Every head goes through here, whoever writes it. */
  override writeHead(status: number, ...rest: unknown[]): this {
    if (!this.isOwn) this.withhold(rest);
    return (super.writeHead as WriteHead<this>).call(this, status, ...rest);
  }

  /** Takes what no plugin may tell a browser from the headers that are set, and from those given last. */
  withhold(rest: unknown[] = []): void {
    let gone = withholdSet(this);
    const given = rest.at(-1);
    if (typeof given === 'object' && given !== null && mayBeWithheld(given)) {
      const held = withholdGiven(given);
      if (held !== undefined) {
        rest[rest.length - 1] = held.kept;
        gone = [...gone, ...held.gone];
      }
    }
    if (this.req.headers['service-worker'] !== undefined) confineWorker(this, this.req.originalUrl);
    const { live } = this.site ?? {};
    if (gone.length === 0 || live === undefined || warned.has(live)) return;
    warned.add(live);
    const { originalUrl } = this.req;
    live.logger.warn(`${gone.join(', ')} was withheld from an answer: it is not a plugin's to send`, {
      path: pathOf(originalUrl),
    });
  }

  /** Ends the passage; once, however often it is called. */
  over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.passage?.responseClosed();
    this.onLog?.(this);
  }
}

/**
 * For a response that a plugin's Router or middleware is about to get: an application mounted among them swaps the prototypes,
 * and the end of the lease must survive that, as what is withheld must.
 */
export function outlastSwap(response: GateResponse): void {
  response.emit = GateResponse.prototype.emit;
  response.over = GateResponse.prototype.over;
  response.withhold = GateResponse.prototype.withhold;
  response.writeHead = GateResponse.prototype.writeHead;
}

type WriteHead<Response> = (this: Response, status: number, ...rest: unknown[]) => Response;

/** Once for a generation: whoever answers so does it each time. */
const warned = new WeakSet<object>();

/** With a body, over HTTP/1.0 or behind other requests it is none: nobody could tell where the messages begin. */
function isHandshake(request: GateRequest): boolean {
  const { method, httpVersion, headers, socket } = request;
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    !hasBody(request) &&
    answeringOn(socket) === undefined
  );
}

type GateSocket = Socket & { _httpMessage?: GateResponse | null };

/** The response that owns a connection: Node gives it away when a head is complete and takes it back at its end. */
export function answeringOn(socket: Socket): GateResponse | undefined {
  return (socket as GateSocket)._httpMessage ?? undefined;
}

const stock = express.response as unknown as {
  json(this: GateResponse, value: unknown): GateResponse;
  send: unknown;
};

/**
 * Sends what Express's own `res.json` sends, in one step, where nothing about the reply is out of the ordinary;
 * else it is Express's own.
 */
function json(this: GateResponse, value: unknown): GateResponse {
  const { site } = this;
  const { statusCode } = this;
  if (
    site === undefined ||
    site.tuned ||
    statusCode < 200 ||
    statusCode === 204 ||
    statusCode === 205 ||
    statusCode === 304 ||
    isConditional(this.req.headers) ||
    this.req.method === 'HEAD' ||
    (this as { send?: unknown }).send !== stock.send ||
    this.headersSent ||
    this.hasHeader('content-type') ||
    this.hasHeader('etag') ||
    this.hasHeader('transfer-encoding')
  )
    return stock.json.call(this, value);
  const body = JSON.stringify(value) as string | undefined;
  if (body === undefined) return stock.json.call(this, value);
  const length = Buffer.byteLength(body);
  this.setHeader('Content-Type', 'application/json; charset=utf-8');
  this.setHeader('Content-Length', length);
  this.setHeader('ETag', `W/"${length.toString(16)}-${hash('sha1', body, 'base64').slice(0, 27)}"`);
  this.bodyBytes = length;
  this.end(body);
  return this;
}

function isConditional(headers: http.IncomingHttpHeaders): boolean {
  return headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
}

Object.setPrototypeOf(GateRequest.prototype, express.request);
Object.setPrototypeOf(GateResponse.prototype, express.response);
Object.defineProperty(GateResponse.prototype, 'json', { configurable: true, writable: true, value: json });

export interface MessageClasses {
  readonly IncomingMessage: typeof GateRequest;
  readonly ServerResponse: typeof GateResponse;
}

/**
 * The classes given to `http.createServer`: as above, with `app` the facade of the request's plugin or else the
 * host's application. Makes the host application use them too, so that its prototype swap changes nothing.
 */
export function createMessageClasses(hostApp: express.Application): MessageClasses {
  class HostRequest extends GateRequest {}
  class HostResponse extends GateResponse {
    constructor(request: GateRequest, options?: object) {
      // Node hands its server's response options as a second argument that the types do not know.
      super(...([request, options] as unknown as [GateRequest]));
      request.res = this;
    }
  }
  const classes = { IncomingMessage: HostRequest, ServerResponse: HostResponse };
  const app = {
    configurable: true,
    get(this: GateRequest | GateResponse): express.Application {
      const { site } = this;
      if (site === undefined) return hostApp;
      return (site.facade ??= createFacade(hostApp, classes, site));
    },
    set(this: GateRequest | GateResponse, value: unknown) {
      Object.defineProperty(this, 'app', { configurable: true, enumerable: true, writable: true, value });
    },
  };
  const ip = Object.getOwnPropertyDescriptor(express.request, 'ip')?.get as () => string | undefined;
  Object.defineProperty(HostRequest.prototype, 'clientIp', {
    get(this: GateRequest): string {
      if (hostApp.get('trust proxy') === false) return this.socket.remoteAddress ?? '';
      return ip.call(Object.create(this, { app: { value: hostApp } }) as GateRequest) ?? '';
    },
  });
  Object.defineProperty(HostRequest.prototype, 'app', app);
  Object.defineProperty(HostResponse.prototype, 'app', app);
  Object.assign(hostApp, { request: HostRequest.prototype, response: HostResponse.prototype });
  return classes;
}
