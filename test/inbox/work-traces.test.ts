import type { BegunAttempt, EndedAttempt, WorkTrace } from '../../src/core/ports/tracing';
import { contextOfAttempt, contextOfRequest } from '../../src/core/trace-context';
import { eachStore } from './each-store';
import { draftOf, engineOn, hook, task, until } from './engine-under-test';

/** Keeps what it is told. */
function listening() {
  const begun: BegunAttempt[] = [];
  const ended: (BegunAttempt & EndedAttempt)[] = [];
  const tracing = {
    begun: (attempt: BegunAttempt): WorkTrace => {
      begun.push(attempt);
      let isOver = false;
      return {
        context: contextOfAttempt(attempt.jobId, attempt.attempt, attempt.parent),
        requesting: () => ({ traceparent: '', ended: () => undefined }),
        ended: (how) => {
          if (!isOver) ended.push({ ...attempt, ...how });
          isOver = true;
        },
      };
    },
  };
  const of = (name: string) => begun.filter((attempt) => attempt.name === name);
  return { tracing, ended, of };
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const spanOf = ({ jobId, attempt, parent }: BegunAttempt) => contextOfAttempt(jobId, attempt, parent);

eachStore('the places of attempts in traces', (open) => {
  test('are below the request, and below the attempt whose success stored the job', async () => {
    const { tracing, of } = listening();
    const engine = engineOn(await open(), { tracing });
    const received = hook('/in', ({ job }) => job.enqueue('first'));
    let fails = 1;
    engine.put('acme.ci', [
      received,
      task('first', (_payload, job) => {
        if ((fails -= 1) >= 0) throw new Error('once');
        job.enqueue('second');
        job.enqueue('second');
      }),
      task('second', () => undefined),
    ]);
    try {
      await engine.start();
      const draft = draftOf('acme.ci', received, {
        request: { headers: ['Traceparent', `00-${TRACE}-b7ad6b7169203331-01`] },
      });
      await engine.inbox.accept(draft);
      await until('both are worked', () => of('second').length === 2);
      const { requestId, receivedAt, headers } = draft.request;
      const { context } = contextOfRequest({ requestId, receivedAt, traceparent: headers[1] });
      const [delivery] = of('POST /in') as [BegunAttempt];
      expect(delivery.parent).toEqual(context);
      const [failed, done] = of('first') as [BegunAttempt, BegunAttempt];
      expect([failed.attempt, done.attempt]).toEqual([1, 2]);
      expect(failed.parent).toEqual(spanOf(delivery));
      expect(done.parent).toEqual(spanOf(delivery));
      for (const second of of('second')) expect(second.parent).toEqual(spanOf(done));
      expect(spanOf(done).traceId).toBe(TRACE);
    } finally {
      await engine.stop(1_000);
    }
  });

  test('a chain that never ends is not one trace, and a job that nobody stored begins its own', async () => {
    const { tracing, of, ended } = listening();
    const engine = engineOn(await open(), { tracing });
    let left = 20;
    engine.put('acme.ci', [
      task('again', (_payload, job) => {
        if ((left -= 1) > 0) job.enqueue('again');
      }),
    ]);
    try {
      await engine.start();
      await engine.inbox.tasksOf('acme.ci' as never).enqueue('again');
      await until('twenty are settled', () => ended.length === 20);
      const chain = of('again');
      expect(chain[0]?.parent).toBeUndefined();
      for (let at = 1; at <= 15; at += 1)
        expect(chain[at]?.parent).toEqual(spanOf(chain[at - 1] as BegunAttempt));
      expect(chain.slice(16).map(({ parent }) => parent)).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
      expect(ended.every(({ outcome, isPartial }) => outcome === 'succeeded' && !isPartial)).toBe(true);
    } finally {
      await engine.stop(1_000);
    }
  });

  test('an attempt that is interrupted does not count, and is told of as that', async () => {
    const { tracing, ended } = listening();
    const engine = engineOn(await open(), { tracing });
    let isRunning = false;
    engine.put('acme.ci', [
      task('long', async (_payload, { signal }) => {
        isRunning = true;
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      }),
    ]);
    await engine.start();
    await engine.inbox.tasksOf('acme.ci' as never).enqueue('long');
    await until('it runs', () => isRunning);
    await engine.stop(2_000);
    expect(ended).toMatchObject([{ name: 'long', outcome: 'interrupted', isPartial: true }]);
  });
});
