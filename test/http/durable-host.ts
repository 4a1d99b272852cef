import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/core/clock';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import type { ReceiptStatus } from '../../src/core/ports/inbox';
import { createDeliveries } from '../../src/http/deliveries';
import { createInbox, type InboxEngine } from '../../src/inbox/inbox-engine';
import { SqliteStore } from '../../src/inbox/sqlite/sqlite-store';
import { provideMasterKey } from '../../src/state/master-key';
import { createSealer } from '../../src/state/sealer';
import { endpoint, startGateway, type Answer, type GatewayUnderTest } from './gateway-under-test';

const DAY_MS = 86_400_000;
const INBOX_SETTINGS = {
  inbox: { concurrency: 16, pluginConcurrency: 16, taskConcurrency: 8, leaseMs: 5_000, pollMs: 50 },
  receipts: { keepMs: DAY_MS, maxBytes: 2 ** 30, keepFor: {} },
  jobs: { keepMs: DAY_MS },
  dedupe: { windowMs: DAY_MS },
};

export interface DurableHost extends GatewayUnderTest {
  readonly engine: InboxEngine;
  readonly store: SqliteStore;
  /** The file its requests are stored in. */
  readonly file: string;
  /** The receipt with this id, or at an answer's `Location`, once `isThere` holds for it. */
  receipt(of: Answer | string, isThere?: (status: ReceiptStatus) => boolean): Promise<ReceiptStatus>;
}

/** A gateway whose requests are stored in a real inbox, worked by this process. */
export async function startDurableHost(parts: Parameters<typeof startGateway>[0] = {}): Promise<DurableHost> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-durable-'));
  const file = path.join(folder, 'inbox.db');
  const store = await SqliteStore.open({ file });
  let engine!: InboxEngine;
  const host = await startGateway({
    ...parts,
    inboxOf: ({ table, logger, settings }) => {
      engine = createInbox({
        store,
        table,
        deliveries: createDeliveries(settings),
        sealer: createSealer(provideMasterKey(undefined, folder)),
        settings: { ...settings, ...INBOX_SETTINGS },
        logger,
        clock: systemClock,
        node: { id: 'test', url: () => 'http://127.0.0.1' },
      });
      return engine.inbox;
    },
  });
  await engine.start();
  return {
    ...host,
    engine,
    store,
    file,
    async receipt(of, isThere = () => true) {
      const location = typeof of === 'string' ? `/api/receipts/${of}` : (of.headers.get('location') ?? '');
      for (let turn = 0; turn < 400; turn += 1) {
        const { status, body } = await host.call(location);
        if (status !== 200) throw new Error(`${location} answered ${status}`);
        if (isThere(body as ReceiptStatus)) return body as ReceiptStatus;
        await new Promise((done) => setTimeout(done, 10));
      }
      throw new Error(
        `${location} did not come so far: ${JSON.stringify((await host.call(location)).body)}\n${JSON.stringify(host.log)}`,
      );
    },
    async close() {
      await host.close();
      await engine.stop(2_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An endpoint that stores. */
export const durable = (
  answer: Endpoint['answer'],
  path: string,
  handle: (exchange: Exchange) => unknown,
  more: Partial<Endpoint> = {},
): Endpoint => endpoint('POST', path, handle, { answer, ...more });

/** What happens only when the test says so, and who waits for it. */
export class Latch {
  #open!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.#open = resolve));
  entered = 0;
  open(): void {
    this.#open();
  }
  /** For handlers: waits here. */
  async pass<T>(value: T): Promise<T> {
    this.entered += 1;
    await this.opened;
    return value;
  }
}
