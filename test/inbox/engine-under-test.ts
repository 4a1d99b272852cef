import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import winston from 'winston';
import type { Clock } from '../../src/core/clock';
import type { Declaration, Endpoint, Task } from '../../src/core/declaration';
import type { Job } from '../../src/core/job';
import type { LiveMount } from '../../src/core/live-mount';
import { MountTable } from '../../src/core/mount-table';
import type { ReceiptDraft, StoredRequest } from '../../src/core/ports/inbox';
import { createInbox, type InboxEngine } from '../../src/inbox/inbox-engine';
import type { InboxOptions } from '../../src/inbox/inbox-parts';
import { STATE, type JobState } from '../../src/inbox/states';
import type { Store } from '../../src/inbox/store';
import { createDeliveries } from '../../src/http/deliveries';
import { createSealer } from '../../src/state/sealer';
import { endpointOf, keyOf, liveOf, mountOf, taskOf } from '../core/plain-mount';

export interface EngineUnderTest extends InboxEngine {
  readonly store: Store;
  readonly table: MountTable;
  readonly lines: string[];
  /** Puts a plugin's next generation in its seat; the one before retires in the background. */
  put(key: string, declarations: Declaration[], drainMs?: number): LiveMount;
}

export const QUICK = {
  inbox: { concurrency: 128, pluginConcurrency: 64, taskConcurrency: 16, leaseMs: 1_500, pollMs: 100 },
  receipts: { keepMs: 30 * 86_400_000, maxBytes: 1024 ** 4, keepFor: {} },
  jobs: { keepMs: 7 * 86_400_000 },
  timeouts: {
    handlerMs: 5_000,
    drainMs: 1_000,
    stopMs: 2_000,
    startMs: 2_000,
    headersMs: 2_000,
    requestMs: 2_000,
  },
} satisfies InboxOptions['settings'];

export const testSealer = createSealer({
  id: 'test',
  bytes: Buffer.alloc(32, 7),
  file: undefined,
  made: false,
});

export function engineOn(
  store: Store,
  more: {
    settings?: Partial<InboxOptions['settings']>;
    clock?: Clock;
    node?: string;
    pluginState?: InboxOptions['pluginState'];
    facesOf?: InboxOptions['facesOf'];
    observer?: InboxOptions['observer'];
    secretsOf?: InboxOptions['secretsOf'];
    tracing?: InboxOptions['tracing'];
  } = {},
): EngineUnderTest {
  const lines: string[] = [];
  const logger = winston.createLogger({
    format: winston.format((info) => {
      lines.push(`${info.level}: ${String(info.message)}`);
      return false;
    })(),
    transports: [new winston.transports.Console()],
  });
  const table = new MountTable();
  const settings = { ...QUICK, ...more.settings };
  const engine = createInbox({
    store,
    table,
    deliveries: createDeliveries({
      limits: {
        bodyBytes: 1e7,
        storedBodyBytes: 1e7,
        jsonBytes: 1e7,
        jsonValues: 250_000,
        fileBytes: 1e7,
        files: 10,
        urlBytes: 8_192,
        messageBytes: 1_048_576,
      },
      timeouts: settings.timeouts,
    } as Parameters<typeof createDeliveries>[0]),
    sealer: testSealer,
    settings,
    logger,
    clock: more.clock ?? { now: () => Date.now() },
    ...(more.pluginState === undefined ? {} : { pluginState: more.pluginState }),
    facesOf: more.facesOf,
    observer: more.observer,
    secretsOf: more.secretsOf,
    tracing: more.tracing,
    node: { id: more.node ?? `node-${randomBytes(4).toString('hex')}`, url: () => 'http://localhost:0' },
  });
  let generation = 0;
  const put = (key: string, declarations: Declaration[], drainMs = 500): LiveMount => {
    const { live } = liveOf(mountOf(key, declarations), (generation += 1));
    const before = table.swap(keyOf(key), live);
    void before?.retire(drainMs, 'reload');
    return live;
  };
  return { ...engine, store, table, lines, put };
}

export function task(name: string, run: (payload: any, job: Job) => unknown, more: Partial<Task> = {}): Task {
  return {
    ...taskOf(name),
    retry: { attempts: 3, backoff: [20] },
    timeoutMs: 5_000,
    ...more,
    run,
  };
}

export function hook(
  path: string,
  handle: (exchange: any) => unknown,
  more: Partial<Endpoint> = {},
): Endpoint {
  return endpointOf(path, {
    method: 'POST',
    answer: 'accept',
    record: true,
    body: { kind: 'raw' },
    retry: { attempts: 3, backoff: [20] },
    ...more,
    serve: { handle },
  });
}

export function draftOf(
  plugin: string,
  endpoint: Endpoint,
  more: Omit<Partial<ReceiptDraft>, 'request'> & { request?: Partial<StoredRequest> } = {},
): ReceiptDraft {
  const target = `/api/plugin/${plugin}${endpoint.path}`;
  return {
    endpoint,
    plugin: keyOf(plugin),
    dedupe: undefined,
    lane: undefined,
    remarks: [],
    ...more,
    request: {
      receivedAt: Date.now(),
      method: 'POST',
      target,
      baseUrl: `/api/plugin/${plugin}`,
      path: endpoint.path,
      params: {},
      headers: ['host', 'localhost', 'content-type', 'text/plain'],
      ip: '127.0.0.1',
      requestId: 'request-1',
      verified: undefined,
      body: Buffer.from('hello'),
      ...more.request,
    },
  };
}

/** Polls until `ready` gives something truthy. */
export async function until<T>(
  what: string,
  ready: () => Promise<T> | T,
  withinMs = 8_000,
): Promise<NonNullable<T>> {
  const end = Date.now() + withinMs;
  for (;;) {
    const value = await ready();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export const pauseMs = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How many jobs are in a state. */
export async function count(store: Store, state: JobState): Promise<number> {
  const { n } = await store.reader
    .selectFrom('job')
    .where('state', '=', STATE[state])
    .select((build) => build.fn.countAll().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}

export async function attemptsOf(store: Store): Promise<{ outcome: string; error: string | null }[]> {
  return store.reader
    .selectFrom('attempt')
    .select(['outcome', 'error'])
    .orderBy('job_id')
    .orderBy('n')
    .execute();
}

export function temporaryFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-inbox-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A promise and its hands. */
export function gate(): { open(): void; promise: Promise<void> } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { open, promise };
}
