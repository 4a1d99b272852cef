import { HOST_KEY } from '../../src/core/host-key';
import type { Job } from '../../src/core/job';
import { sinkOf } from '../../src/core/work-sink';
import type { Store } from '../../src/inbox/store';
import { eachStore } from './each-store';
import { count, draftOf, engineOn, hook, task, until, type EngineUnderTest } from './engine-under-test';
import { keyOf } from '../core/plain-mount';

const KEY = 'acme.ci';
const EVENT = { specversion: '1.0', id: '1', source: '/plugins/acme.ci', type: 'build.done' };

const github = hook('/github', async ({ job }: { job: Job }) => {
  job.enqueue('build', { branch: 'main' });
  await sinkOf(job).put([
    { plugin: HOST_KEY, task: 'message', payload: { from: KEY, chatKey: 'slack-ci', text: 'on it' } },
    { plugin: keyOf(KEY), task: 'listen', payload: EVENT },
  ]);
});
const plain = hook('/plain', () => {});

async function startedOn(store: Store): Promise<EngineUnderTest> {
  // What is done is old at once: a round of the janitor removes it.
  const engine = engineOn(store, { settings: { jobs: { keepMs: -1 } } });
  const build = task('build', (_payload, job) => job.enqueue('report', { ok: true }));
  engine.put(KEY, [github, plain, build, task('report', () => {}), task('listen', () => {})]);
  await engine.start();
  return engine;
}

eachStore('what one delivery came to', (open) => {
  let engine: EngineUnderTest;
  beforeEach(async () => {
    engine = await startedOn(await open());
  });
  afterEach(() => engine.stop(2_000));

  const causes = async () => (await engine.store.reader.selectFrom('job_cause').selectAll().execute()).length;

  it('tells the messages, events and jobs its jobs caused, and what those caused, oldest first', async () => {
    const { receiptId } = await engine.inbox.accept(draftOf(KEY, github));
    await until('all of it', async () => (await count(engine.store, 'succeeded')) === 4);
    const { jobs, caused } = await engine.deliveriesDesk.timeline(receiptId);
    expect(jobs.map(({ state, kind }) => ({ state, kind }))).toEqual([
      { state: 'succeeded', kind: 'endpoint' },
    ]);
    const told = caused.map(({ kind, plugin, name, label }) => ({ kind, plugin, name, label }));
    expect(told).toEqual([
      { kind: 'job', plugin: KEY, name: 'build', label: 'build' },
      { kind: 'message', plugin: KEY, name: 'message', label: 'slack-ci' },
      { kind: 'event', plugin: KEY, name: 'listen', label: 'build.done' },
      { kind: 'job', plugin: KEY, name: 'report', label: 'report' },
    ]);
    expect((await engine.desk.job(caused[0]?.jobId ?? '')).name).toBe('build');
    expect(caused.map(({ state }) => state)).toEqual(['succeeded', 'ready', 'succeeded', 'succeeded']);
  });

  it('writes nothing about causes for a delivery whose jobs enqueue nothing', async () => {
    const { receiptId } = await engine.inbox.accept(draftOf(KEY, plain));
    await until('its job', async () => (await count(engine.store, 'succeeded')) === 1);
    expect(await causes()).toBe(0);
    expect((await engine.deliveriesDesk.timeline(receiptId)).caused).toEqual([]);
  });

  it('shows a job that names its cause, whoever stored it', async () => {
    const { receiptId, jobId } = (await engine.inbox.accept(draftOf(KEY, plain))) as Stored;
    await engine.inbox.put([{ plugin: HOST_KEY, task: 'agent-run', payload: { run: 'r1' }, cause: jobId }]);
    const { caused } = await engine.deliveriesDesk.timeline(receiptId);
    expect(caused.map(({ kind, label }) => ({ kind, label }))).toEqual([{ kind: 'run', label: 'r1' }]);
  });

  it('says in words who sent it, and by what a repetition is recognised', async () => {
    const verified = { scheme: 'github', secretId: 's1', at: 1, bodySigned: true, deliveryId: 'd-1' };
    const dedupe = { key: 'delivery:github:d-1', windowMs: 60_000 };
    const draft = draftOf(KEY, plain, { dedupe, request: { verified, receivedAt: 1_000 } });
    const { receiptId } = await engine.inbox.accept(draft);
    const { verdict, dedupe: known } = await engine.deliveriesDesk.timeline(receiptId);
    expect(verdict).toBe('Verified as github by its secret s1; the body is signed.');
    expect(known).toEqual({ by: 'what was signed, github:d-1', until: 61_000 });
  });

  it('says that nothing was verified, and nothing is recognised', async () => {
    const { receiptId } = await engine.inbox.accept(draftOf(KEY, plain));
    const { verdict, dedupe } = await engine.deliveriesDesk.timeline(receiptId);
    expect(verdict).toBe('Nothing tells who sent it: nothing was verified.');
    expect(dedupe).toBeUndefined();
  });

  it('refuses an id that is none', async () => {
    await expect(engine.deliveriesDesk.timeline('1-aaaaaaaaaaaaaaaa')).rejects.toMatchObject({
      code: 'inbox/not-found',
    });
    await expect(engine.deliveriesDesk.fixture('nothing')).rejects.toMatchObject({ code: 'inbox/not-found' });
  });

  it('forgets causes with the jobs', async () => {
    const { receiptId } = await engine.inbox.accept(draftOf(KEY, github));
    await until('all of it', async () => (await count(engine.store, 'succeeded')) === 4);
    expect(await causes()).toBe(4);
    await engine.desk.change('drop', { filter: { plugin: HOST_KEY, states: ['ready'] } });
    expect(await causes()).toBe(3);
    await engine.tidy();
    expect(await count(engine.store, 'succeeded')).toBe(0);
    expect(await causes()).toBe(0);
    await expect(engine.deliveriesDesk.timeline(receiptId)).resolves.toMatchObject({ jobs: [], caused: [] });
  });
});

type Stored = { readonly receiptId: string; readonly jobId: string };
