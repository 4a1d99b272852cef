import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine, LogQuery } from '../core/ports/log-ring';
import { toLogQuery, type LogDesk } from './log-desk';
import { listIn, type OperatorConnection } from './operator-connection';

const LOOK_MS = 500;
const MOST_LINES = 1_000;

/** The log of a host in another process; followed by asking again and again, which no proxy in between holds back. */
export function connectLogs({ where, read }: OperatorConnection): LogDesk {
  const search = async (query: LogQuery) =>
    listIn<LogLine>(await read('GET', `logs${toLogQuery(query)}`), 'lines', where);
  return {
    search,
    async *follow(query, signal) {
      let after = query.after ?? (await search({ limit: 1 })).at(-1)?.number ?? 0;
      while (!signal.aborted) {
        for (const line of await search({ ...query, after, limit: MOST_LINES })) {
          yield line;
          after = line.number;
        }
        await sleep(LOOK_MS, undefined, { signal }).catch(() => {}); // over, then
      }
    },
  };
}
