import { connect } from 'node:net';
import { Writable } from 'node:stream';
import express from 'express';
import winston from 'winston';
import type { Alias, Declaration, Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import { LiveMount } from '../../src/core/live-mount';
import { buildMount } from '../../src/core/mount';
import { MountTable } from '../../src/core/mount-table';
import { parsePluginKey, type PluginKey } from '../../src/core/plugin-key';
import { STANDARD_RETRY } from '../../src/core/retry';
import { Scope } from '../../src/core/scope';
import type { Inbox } from '../../src/core/ports/inbox';
import type { Settings } from '../../src/core/settings';
import { createGateway, type Gateway, type GatewayParts } from '../../src/http/gateway';
import { createHostApp } from '../../src/http/host-app';
import type { RateLimits } from '../../src/http/quotas';
import { createReceiptRouter } from '../../src/http/receipt-router';
import { Secret } from '../../src/core/secret';
import { createOperatorAuth } from '../../src/operator/operator-auth';

export const OPERATOR = 'Bearer operator-token';
export const operatorAuth = createOperatorAuth(new Secret('operator-token'));

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly stack?: string;
}

export interface GatewayUnderTest {
  readonly gateway: Gateway;
  readonly table: MountTable;
  readonly port: number;
  readonly base: string;
  readonly log: LogLine[];
  /** Puts a new generation of a plugin in its seat; answers it. */
  seat(key: string, ...declarations: Declaration[]): LiveMount;
  call(path: string, init?: RequestInit): Promise<Answer>;
  close(): Promise<void>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any;
}

export async function startGateway(
  parts: Partial<Omit<GatewayParts, 'settings'>> & {
    settings?: TestOverrides;
    /** Given what the gateway is made of, where its requests are stored. */
    inboxOf?: (made: { table: MountTable; logger: winston.Logger; settings: TestSettings }) => Inbox;
  } = {},
): Promise<GatewayUnderTest> {
  const log: LogLine[] = [];
  const sink = new Writable({
    write(line: Buffer, _encoding, done) {
      log.push(JSON.parse(line.toString()) as LogLine);
      done();
    },
  });
  const logger = winston.createLogger({
    level: 'debug',
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream: sink })],
  });
  const table = new MountTable();
  const settings = settingsWith(parts.settings);
  const { inboxOf, ...rest } = parts;
  const inbox = inboxOf?.({ table, logger, settings });
  const app = createHostApp(settings, () => true);
  if (inbox !== undefined) app.use('/api/receipts', createReceiptRouter(inbox));
  const gateway = createGateway({
    table,
    logger,
    app,
    inbox,
    operatorAuth,
    ...rest,
    settings,
  });
  const port = await gateway.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${port}`;
  let generation = 0;
  return {
    gateway,
    table,
    port,
    base,
    log,
    seat(key, ...declarations) {
      const live = liveMount(key, (generation += 1), declarations, logger);
      table.swap(live.mount.key, live);
      return live;
    },
    call: async (path, init) => answerOf(await fetch(base + path, { redirect: 'manual', ...init })),
    close: () => gateway.close(2_000),
  };
}

interface TestOverrides {
  readonly limits?: object;
  readonly timeouts?: object;
  readonly trustProxy?: boolean;
  readonly publicUrl?: string;
  readonly rateLimit?: RateLimits;
  readonly routes?: Settings['routes'];
}

/** For a gateway that a test puts together itself; nothing is logged. */
export function gatewaySettings() {
  const logger = winston.createLogger({ silent: true, transports: [new winston.transports.Console()] });
  return { settings: settingsWith(), logger };
}

export type TestSettings = ReturnType<typeof settingsWith>;

function settingsWith(overrides: TestOverrides = {}) {
  const MiB = 1024 * 1024;
  return {
    host: '127.0.0.1',
    trustProxy: overrides.trustProxy ?? false,
    publicUrl: overrides.publicUrl,
    ...(overrides.rateLimit === undefined ? {} : { rateLimit: overrides.rateLimit }),
    ...(overrides.routes === undefined ? {} : { routes: overrides.routes }),
    limits: {
      bodyBytes: 25 * MiB,
      storedBodyBytes: 100 * MiB,
      jsonBytes: 5 * MiB,
      jsonValues: 250_000,
      fileBytes: 100 * MiB,
      files: 20,
      urlBytes: 8192,
      messageBytes: 1_048_576,
      ...overrides.limits,
    },
    timeouts: {
      handlerMs: 10_000,
      drainMs: 5_000,
      stopMs: 8_000,
      startMs: 5_000,
      headersMs: 10_000,
      requestMs: 20_000,
      ...overrides.timeouts,
    },
  };
}

export function keyOf(text: string): PluginKey {
  const key = parsePluginKey(text);
  if (key === undefined) throw new Error(`${text} is no key`);
  return key;
}

function liveMount(
  text: string,
  generation: number,
  declarations: Declaration[],
  logger: winston.Logger,
): LiveMount {
  const key = keyOf(text);
  const [author = '', module = ''] = text.split('.');
  const info = { author, module, name: text, version: '1.0.0', description: '' };
  const mapStack = (stack: string) => `mapped: ${stack}`;
  return new LiveMount(buildMount(key, info, declarations), generation, new Scope(), logger, mapStack);
}

export function endpoint(
  method: Endpoint['method'],
  path: string,
  handle: (exchange: Exchange) => unknown,
  more: Partial<Endpoint> = {},
): Endpoint {
  return {
    kind: 'endpoint',
    origin: { dialect: 'test', where: `${method} ${path}` },
    method,
    path,
    reach: 'exact',
    access: 'public',
    body: { kind: 'auto' },
    answer: 'handler',
    retry: STANDARD_RETRY,
    aliases: [],
    serve: { handle },
    ...more,
  };
}

export function router(
  path: string,
  build: (router: express.Router) => void,
  more: Partial<Endpoint> = {},
): Endpoint {
  const made = express.Router();
  build(made);
  return {
    ...endpoint('ALL', path, () => undefined, more),
    reach: 'subtree',
    serve: { router: made, owns: () => false },
  };
}

/** The three old addresses of a legacy endpoint. */
export function oldAddresses(key: string, path: string): Alias[] {
  const module = key.split('.')[1] ?? '';
  return [
    { base: `/api/plugin/${key}/webhook`, path, share: 'sole', deprecated: 'scoped' },
    { base: `/api/plugin/${module}/webhook`, path, share: 'unique', deprecated: 'short' },
    { base: '/api/webhook', path, share: 'all', deprecated: 'global' },
  ];
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body };
}

/** Sends bytes as they are and gives everything that came back until the server closed, or `until` was seen. */
export function sendRaw(port: number, bytes: string, until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (until !== undefined && received.includes(until)) socket.end();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

/** The status of one request whose target is sent literally. */
export async function statusOfTarget(port: number, target: string, method = 'GET'): Promise<number> {
  const answer = await sendRaw(port, `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  return Number(answer.slice(9, 12));
}

export const json = (value: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof value === 'string' ? value : JSON.stringify(value),
});

/** Waits for something that is about to become true, without a fixed pause. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 400 && !(await isTrue()); turn += 1)
    await new Promise((done) => setTimeout(done, 10));
  if (!(await isTrue())) throw new Error('it did not become true');
}
