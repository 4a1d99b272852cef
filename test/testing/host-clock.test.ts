import { Plugin, RetryAfter } from '../../src/index';
import {
  fakeClock,
  request,
  startHost,
  testChannel,
  type PluginAgent,
  type PluginRequestOptions,
} from '../../src/testing';
import { pluginFolder } from '../support/plugin-folder';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.parse('2026-03-02T12:00:00Z');
const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };

const agents: PluginAgent[] = [];
const open = async (given: object, options?: PluginRequestOptions) => {
  const agent = await request(given, options);
  agents.push(agent);
  return agent;
};
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop();
});

/** When its task ran, by the clock. */
const recording = () => {
  const clock = fakeClock(NOON);
  const ran: string[] = [];
  const note = () => void ran.push(new Date(clock.now()).toISOString().slice(5, 23));
  return { clock, ran, note };
};

describe('a host with a fake clock', () => {
  test('fires a schedule at each of its times that pass, and no other', async () => {
    const { clock, ran, note } = recording();
    await open(
      new Plugin(info).task('report', {}, note).schedule('0 9 * * *', { task: 'report', catchUp: 'skip' }),
      { clock },
    );
    await clock.advance(20 * HOUR);
    expect(ran).toEqual([]);
    await clock.advance(2 * DAY);
    expect(ran).toEqual(['03-03T09:00:00.000', '03-04T09:00:00.000']);
  });

  test('put past the times of a schedule, it makes up for them as after an absence', async () => {
    const { clock, ran, note } = recording();
    const plugin = new Plugin(info)
      .task('last', {}, note)
      .task('none', {}, () => void ran.push('none'))
      .schedule('0 * * * *', { task: 'last', catchUp: 'one' })
      .schedule('0 * * * *', { task: 'none', catchUp: 'skip' });
    const { host } = await open(plugin, { clock });
    await host.idle();
    await clock.set(NOON + 5.5 * HOUR);
    expect(ran).toEqual(['03-02T17:30:00.000']);
  });

  test('runs a delayed job when its time has come', async () => {
    const { clock, ran, note } = recording();
    const plugin = new Plugin(info).task('later', {}, note);
    plugin.post('/later', () => plugin.tasks.enqueue('later', {}, { runAt: clock.now() + DAY }));
    const agent = await open(plugin, { clock });
    await agent.post('/later').expect(200);
    await clock.advance(DAY - 1);
    expect(ran).toEqual([]);
    await clock.advance(1);
    expect(ran).toEqual(['03-03T12:00:00.000']);
  });

  test('tries failed jobs again after their backoff, each when it is due', async () => {
    const { clock, ran, note } = recording();
    const plugin = new Plugin(info);
    plugin.task('steep', { attempts: 4, backoff: [SECOND, MINUTE, HOUR] }, () => {
      note();
      throw new Error('not yet');
    });
    plugin.task('asked', {}, (_payload, job) => {
      note();
      if (job.attempt === 1) throw new RetryAfter(3 * HOUR);
    });
    plugin.post('/:task', ({ params }) => plugin.tasks.enqueue(params.task, {}));
    const agent = await open(plugin, { clock });
    await agent.post('/steep').expect(200);
    await clock.advance(2 * HOUR);
    expect(ran).toHaveLength(4);
    expect(new Set(ran).size).toBe(4);
    ran.splice(0);
    await agent.post('/asked').expect(200);
    await clock.advance(4 * HOUR);
    expect(ran).toEqual(['03-02T14:00:00.000', '03-02T17:00:00.000']);
  });

  test('works what a job enqueues on the way', async () => {
    const { clock, ran, note } = recording();
    const plugin = new Plugin(info).task('first', {}, (_payload, job) => {
      job.enqueue('second', {}, { runAt: clock.now() + HOUR });
    });
    plugin.task('second', {}, note);
    plugin.post('/', () => plugin.tasks.enqueue('first', {}, { runAt: clock.now() + HOUR }));
    const agent = await open(plugin, { clock });
    await agent.post('/').expect(200);
    await clock.advance(DAY);
    expect(ran).toEqual(['03-02T14:00:00.000']);
  });

  test('lets a job wait no longer than it said', async () => {
    const { clock, ran, note } = recording();
    const plugin = new Plugin(info).task('patient', { attempts: 1 }, async (_payload, job) => {
      await job.waitFor('approval', { timeoutMs: 2 * HOUR }).catch((thrown: { code?: unknown }) => {
        if (thrown.code !== 'inbox/wait-timeout') throw thrown;
        note();
      });
    });
    plugin.post('/', () => plugin.tasks.enqueue('patient', {}));
    const agent = await open(plugin, { clock });
    await agent.post('/').expect(200);
    await clock.advance(DAY);
    expect(ran).toEqual(['03-02T14:00:00.000']);
  });

  test('judges signatures, ends dedupe windows and quotas by it', async () => {
    const { clock, ran, note } = recording();
    const secret = 'hush';
    const plugin = new Plugin(info)
      .post(
        '/hook',
        {
          access: { signature: 'stripe', secret: 'HOOK' },
          answer: 'accept',
          dedupe: { key: (exchange) => exchange.json<{ id: string }>().id, windowMs: HOUR },
        },
        note,
      )
      .get('/few', { limits: { perEndpoint: { requests: 2, perMs: HOUR } } }, () => 'ok');
    const agent = await open(plugin, { clock, secrets: { HOOK: secret } });
    const { host } = agent;
    const body = { id: 'evt_1' };
    const send = (at?: number) => agent.signed('stripe', '/hook', { secret, body, ...(at && { at }) });

    await send().expect(202);
    await send(Date.now()).expect(401);
    await send().expect(202).expect('gatehouse-duplicate', /./);
    await host.idle();
    expect(ran).toEqual(['03-02T12:00:00.000']);
    await clock.advance(HOUR + 1);
    await send(NOON).expect(401);
    await send().expect(202);
    await host.idle();
    expect(ran).toEqual(['03-02T12:00:00.000', '03-02T13:00:00.001']);

    await agent.get('/few').expect(200);
    await clock.advance(40 * MINUTE);
    await agent.get('/few').expect(200);
    await agent.get('/few').expect(429).expect('retry-after', '1200');
    await clock.advance(20 * MINUTE);
    await agent.get('/few').expect(200);
    await agent.get('/few').expect(200);
    await agent.get('/few').expect(429);
  });

  test('ends the overlap of a rotated secret by it', async () => {
    const { clock } = recording();
    const plugin = new Plugin(info).post(
      '/hook',
      { access: { signature: 'github', secret: 'HOOK' } },
      () => 'in',
    );
    const agent = await open(plugin, { clock });
    const { host } = agent;
    const operator = (path: string, method: string, body: object) =>
      fetch(`${host.url}/api/operator/secrets/acme.ci/HOOK${path}`, {
        method,
        headers: { authorization: `Bearer ${host.operatorToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const send = (secret: string) => agent.signed('github', '/hook', { secret, body: {} });
    expect((await operator('', 'PUT', { value: 'old' })).status).toBe(200);
    expect((await operator('/rotate', 'POST', { value: 'new', overlapMs: HOUR })).status).toBe(200);
    await clock.advance(HOUR - 1);
    await send('old').expect(200);
    await clock.advance(2);
    await send('old').expect(401);
    await send('new').expect(200);
  });

  test('dates what it stores, and what plugins send, by it', async () => {
    const { clock } = recording();
    const channel = testChannel(clock);
    const plugin = new Plugin(info).task('tell', {}, async (_payload, job) => {
      await job.store.create('told', { id: 'one' });
      await plugin.message.sendText('console-ci', String((await job.store.get('told', 'one'))?.createdAt));
    });
    plugin.post('/', { answer: 'accept' }, () => plugin.tasks.enqueue('tell', {}));
    const agent = await open(plugin, { clock, channel });
    const { headers } = await agent.post('/').expect(202);
    await agent.host.idle();
    expect(channel.messages).toEqual([expect.objectContaining({ text: String(NOON), at: NOON })]);
    const receipt = await fetch(new URL(String(headers['location']), agent.host.url));
    expect(await receipt.json()).toMatchObject({ receivedAt: NOON });
  });

  test('is idle when all that was accepted is worked', async () => {
    let worked = 0;
    const plugin = new Plugin(info).post(
      '/',
      { answer: 'accept', retry: { attempts: 1 } },
      async ({ background }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        background(async () => undefined);
        worked += 1;
      },
    );
    const agent = await open(plugin);
    await Promise.all(Array.from({ length: 25 }, () => agent.post('/').expect(202)));
    await agent.host.idle();
    expect(worked).toBe(25);
  });

  test('is put to a moment at once, though a job waits for the test itself; a stop lets go of whoever waits', async () => {
    const { clock, ran } = recording();
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    const plugin = new Plugin(info).task('held', {}, async (_payload, job) => {
      ran.push('began');
      await Promise.race([held, new Promise((resolve) => job.signal.addEventListener('abort', resolve))]);
      ran.push('ended');
    });
    plugin.post('/', () => plugin.tasks.enqueue('held', {}));
    const agent = await open(plugin, { clock });
    await agent.post('/').expect(200);
    const idle = agent.host.idle().then(() => ran.push('idle'));
    const moved = clock.set(NOON + DAY).then(() => ran.push('moved'));
    expect(clock.now()).toBe(NOON + DAY);
    while (!ran.includes('began')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ran).toEqual(['began']);
    goOn();
    await Promise.all([idle, moved]);
    expect(ran.slice(0, 2)).toEqual(['began', 'ended']);

    const slow = new Plugin(info).task('slow', {}, (_payload, job) => {
      ran.push('slow');
      return new Promise((resolve) => job.signal.addEventListener('abort', resolve));
    });
    slow.post('/', () => slow.tasks.enqueue('slow', {}));
    const other = await open(slow, { clock });
    await other.post('/').expect(200);
    while (!ran.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 5));
    const advanced = clock.advance(HOUR);
    await other.stop();
    await advanced;
    expect(clock.now()).toBe(NOON + DAY + HOUR);
  });

  test('is idle although jobs sleep that nobody may work now', async () => {
    const { clock } = recording();
    const plugin = new Plugin(info).task('later', {}, () => undefined);
    plugin.post('/', () => plugin.tasks.enqueue('later', {}, { runAt: clock.now() + DAY }));
    const agent = await open(plugin, { clock });
    await agent.post('/').expect(200);
    await agent.host.idle();
    await agent.host.registry.disable('acme.ci');
    await clock.advance(2 * DAY);
    await agent.host.idle();
  });

  test('reloads and stops as usual after days', async () => {
    const { clock } = recording();
    const folder = pluginFolder({
      'ticker/index.ts': `import { Plugin } from 'gatehouse';
        export const plugin = new Plugin(${JSON.stringify(info)}).get('/', () => 'here');`,
    });
    const host = await startHost({ plugins: folder, clock });
    await clock.advance(30 * DAY);
    expect(await host.registry.reload('acme.ci')).toMatchObject({ state: 'live' });
    expect(await (await fetch(host.urlOf('acme.ci', '/'))).json()).toBe('here');
    await host.stop();
    await clock.advance(DAY);
    await host.idle();
    expect(clock.now()).toBe(NOON + 31 * DAY);
  });

  test('one clock serves several hosts', async () => {
    const { clock, ran } = recording();
    const named = (module: string) =>
      new Plugin({ ...info, module })
        .task('tick', {}, () => void ran.push(`${module} ${new Date(clock.now()).getUTCHours()}`))
        .schedule(module === 'even' ? '0 */2 * * *' : '0 1-23/2 * * *', { task: 'tick' });
    await open(named('even'), { clock });
    await open(named('odd'), { clock });
    await clock.advance(4 * HOUR);
    expect(ran).toEqual(['odd 13', 'even 14', 'odd 15', 'even 16']);
  });

  test('is refused together with a PostgreSQL database', async () => {
    const settings = { databaseUrl: 'postgres://nobody@127.0.0.1:1/none' };
    await expect(open(new Plugin(info), { clock: fakeClock(), settings })).rejects.toMatchObject({
      code: 'testing/clock-needs-sqlite',
    });
  });
});
