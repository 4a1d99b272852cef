import winston from 'winston';
import { MountTable } from '../../src/core/mount-table';
import type { RefusedRequest } from '../../src/core/ports/quarantine';
import type { QuarantineDesk, RefusalFilter } from '../../src/core/ports/quarantine-desk';
import { Committer } from '../../src/inbox/committer';
import { StoredQuarantine } from '../../src/inbox/quarantine';
import { createKeptRequests, createQuarantineDesk } from '../../src/inbox/quarantine-desk';
import type { Store } from '../../src/inbox/store';
import { keyOf } from '../core/plain-mount';
import { testSealer } from './engine-under-test';

export const KEY = keyOf('acme.ci');
export const BODY = Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x7b]);
type Changes = Partial<Omit<RefusedRequest, 'request'>> & { request?: Partial<RefusedRequest['request']> };

export function refusal({ request, ...more }: Changes = {}): RefusedRequest {
  return {
    plugin: KEY,
    method: 'POST',
    path: '/github',
    scheme: 'github',
    reason: 'bad_signature',
    ...more,
    request: {
      receivedAt: 1_700_000_000_000,
      method: 'POST',
      target: '/api/plugin/acme.ci/github?a=1',
      headers: ['X-Hub-Signature-256', 'sha256=ab', 'Authorization', 'Bearer sesame'],
      ip: '10.0.0.1',
      requestId: 'r-1',
      wire: BODY,
      ...request,
    },
  };
}

export interface UnderTest {
  readonly store: Store;
  readonly quarantine: StoredQuarantine;
  readonly committer: Committer;
  readonly desk: QuarantineDesk;
  readonly kept: ReturnType<typeof createKeptRequests>;
  readonly table: MountTable;
  readonly lines: string[];
}
export function over(store: Store, settings = { maxCount: 10_000, maxBytes: 256 * 1024 ** 2 }): UnderTest {
  const lines: string[] = [];
  const logger = winston.createLogger({
    format: winston.format((info) => {
      lines.push(`${info.level}: ${String(info.message)}`);
      return false;
    })(),
    transports: [new winston.transports.Console()],
  });
  const committer = new Committer(store, logger);
  const table = new MountTable();
  const quarantine = new StoredQuarantine({ store, committer, table, sealer: testSealer, settings, logger });
  const desk = createQuarantineDesk({
    store,
    sealer: testSealer,
    commit: (unit) => committer.submit(unit),
    dropped: () => quarantine.dropped,
    purged: () => quarantine.purged(),
  });
  return {
    store,
    quarantine,
    committer,
    desk,
    table,
    lines,
    kept: createKeptRequests({ store, sealer: testSealer }),
  };
}
export async function ids(desk: QuarantineDesk, filter: RefusalFilter = {}): Promise<string[]> {
  return (await desk.refusals(filter, { limit: 200 })).items.map(({ requestId }) => requestId);
}
