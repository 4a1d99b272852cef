import type { Change } from '../../src/core/ports/change-feed';
import { Secret } from '../../src/core/secret';
import type { Operator } from '../../src/operator/operator';
import type { InboxHost } from './inbox-host';

/** A host with a plugin whose deliveries and jobs fail when they say `bad`, and one face of its operator. */
export interface OperatorUnderTest {
  readonly operator: Operator;
  readonly host: InboxHost;
}

let last = 0;
/** So that what one face did is not taken for what another did. */
const fresh = (name: string) => `${name}-${(last += 1)}`;

const codeOf = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => 'nothing',
    (error: { code?: unknown; message: string }) => error.code ?? error.message,
  );

/** What an operator does, however it is reached: one set of sentences for all faces. */
export function operatorConformance(name: string, open: () => OperatorUnderTest): void {
  const operator = () => open().operator;

  describe(`an operator ${name}`, () => {
    test('sees plugins, and changes what is wanted of them', async () => {
      const keys = (await operator().plugins()).map(({ key }) => key);
      expect(keys).toEqual(['acme.ci', 'acme.broken', 'acme.off']);
      const { generation } = await operator().plugin('acme.ci');
      const reloaded = await operator().reload('acme.ci');
      expect(reloaded).toMatchObject({ key: 'acme.ci', ok: true, generation: generation + 1 });
      expect(await operator().disable('acme.ci')).toMatchObject({ ok: true, state: 'disabled' });
      expect((await operator().plugin('acme.ci')).state).toBe('disabled');
      expect(await operator().enable('acme.ci')).toMatchObject({ ok: true, state: 'live' });
    });

    test('is told what came of a reload that failed, with the stack, as a value', async () => {
      expect(await operator().reload('acme.broken')).toMatchObject({
        ok: false,
        failure: { code: 'plugin/load-failed', stack: expect.stringContaining('SyntaxError') },
      });
    });

    test('asks what answers a request, and who uses what is deprecated', async () => {
      expect(await operator().explain('GET', '/x?a=1&b=%2F')).toMatchObject({ path: '/x?a=1&b=%2F' });
      expect(await operator().deprecations()).toMatchObject([{ id: 'webhook-address', count: 2 }]);
    });

    test('pages through what was stored, newest first, and finds by filter', async () => {
      const { host } = open();
      const event = fresh('page');
      const ids: string[] = [];
      for (let count = 0; count < 5; count += 1) ids.unshift(await host.deliver(`${event} ${count}`));
      const first = await operator().inbox.receipts({ text: event }, { limit: 3 });
      const rest = await operator().inbox.receipts({ text: event }, { limit: 3, after: first.next });
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids);
      expect(rest.next).toBeUndefined();
      const receipt = await operator().inbox.receipt(String(ids[0]));
      expect(receipt).toMatchObject({ method: 'POST', body: { text: `${event} 4` } });
      expect((await operator().inbox.jobs({ plugin: 'acme.none' })).items).toEqual([]);
    });

    test('looks at one delivery and what came of it, and takes it along as a fixture', async () => {
      const id = await open().host.deliver(fresh('timeline'));
      const timeline = await operator().deliveries.timeline(id);
      expect(timeline).toMatchObject({ receipt: { id }, jobs: [{ plugin: 'acme.ci' }], caused: [] });
      const { filename, text } = await operator().deliveries.fixture(id);
      expect(filename).toMatch(/\.json$/);
      expect(JSON.parse(text)).toMatchObject({ method: 'POST' });
    });

    test('previews a change of many, makes it step by step, and sees what it made', async () => {
      const { host } = open();
      const said = fresh('later');
      const runAt = Date.now() + 3_600_000;
      for (let count = 0; count < 3; count += 1) await host.enqueue(`${said} ${count}`, { runAt });
      const selection = { filter: { text: said, states: ['later'] as const } };
      expect(await operator().inbox.count('drop', selection)).toBe(3);
      expect((await operator().inbox.jobs(selection.filter)).items).toHaveLength(3);
      let [changed, after]: [number, string | undefined] = [0, undefined];
      do {
        const step = await operator().inbox.change('drop', selection, after);
        [changed, after] = [changed + step.changed, step.next];
      } while (after !== undefined);
      expect(changed).toBe(3);
      expect((await operator().inbox.jobs(selection.filter)).items).toEqual([]);
    });

    test('pauses and resumes, and is told whether that made a difference', async () => {
      const target = { plugin: 'acme.ci', name: 'work', lane: fresh('lane') };
      const { inbox } = operator();
      expect([await inbox.pause(target, 'for a while'), await inbox.pause(target)]).toEqual([true, false]);
      expect(await inbox.pauses()).toContainEqual(
        expect.objectContaining({ ...target, reason: 'for a while' }),
      );
      expect([await inbox.resume(target), await inbox.resume(target)]).toEqual([true, false]);
    });

    test('gives a job the signal it waits for', async () => {
      const id = await open().host.wait();
      expect(await operator().inbox.signal(id, 'approved', { by: 'me' })).toBe(true);
      expect(await operator().inbox.job(id)).toMatchObject({ id, name: 'approval' });
    });

    test('takes jobs out of one host and into another, once', async () => {
      const said = fresh('moved');
      await open().host.enqueue(said, { runAt: Date.now() + 3_600_000 });
      const { jobs } = await operator().inbox.export({ text: said });
      expect(jobs).toMatchObject([{ format: 'gatehouse-job-1', name: 'work' }]);
      const moved = jobs.map((job) => ({ ...job, id: `${(last += 1)}-${'A'.repeat(16)}` }));
      expect(await operator().inbox.import(moved)).toEqual({ imported: 1, duplicates: 0 });
      expect(await operator().inbox.import(moved)).toEqual({ imported: 0, duplicates: 1 });
      await operator().inbox.change('drop', { filter: { text: said, states: ['later'] } });
    });

    test('sets secrets that do not come out, but for one that is made, once', async () => {
      const secret = fresh('SECRET').replace('-', '_');
      const { secrets } = operator();
      const { id, declared } = await secrets.set('acme.ci', secret, new Secret('hunter2'));
      expect(declared).toBe(false);
      const { generated } = await secrets.rotate('acme.ci', secret, 60_000);
      expect(generated?.reveal()).toMatch(/^[\w-]{43}$/);
      const found = (await secrets.list('acme.ci')).find((one) => one.name === secret);
      expect(found?.values.map((value) => value.id)).toContain(id);
      expect(JSON.stringify(found)).not.toMatch(/hunter2|[\w-]{43}/);
      expect([await secrets.remove('acme.ci', secret), await secrets.remove('acme.ci', secret)]).toEqual([
        true,
        false,
      ]);
    });

    test('makes tokens and revokes them', async () => {
      const token = fresh('token');
      const { tokens } = operator();
      const made = await tokens.create({ name: token, scopes: ['read'], expiresMs: 60_000 });
      expect(made.value.reveal()).toMatch(/^gth_/);
      expect(await tokens.list()).toContainEqual(expect.objectContaining({ name: token, scopes: ['read'] }));
      expect([await tokens.revoke(token), await tokens.revoke(token)]).toEqual([true, false]);
    });

    test('sees what plugins keep, the log, the hosts, and what is refused', async () => {
      const { data, quarantine, schedules, inbox, logs } = operator();
      expect(await data.collections('acme.ci')).toEqual([]);
      expect(await data.documents('acme.ci', { collection: 'a' })).toMatchObject({ items: [] });
      expect(await data.remove('acme.ci', 'a', 'plugin', 'b')).toBe(false);
      expect(await data.clear('acme.ci', 'a')).toBe(0);
      expect(await quarantine.refusals({ plugin: 'acme.ci' })).toMatchObject({ items: [] });
      expect((await quarantine.counts({})).counts).toEqual([]);
      expect(await schedules.list()).toEqual([]);
      expect(await inbox.nodes()).toMatchObject([{ state: 'serving' }]);
      expect(await logs.search({ limit: 1 })).toMatchObject([{ message: 'the last line' }]);
    });

    test('reads in the audit what was changed, page by page', async () => {
      const { audit } = operator();
      const before = await audit.list({ who: 'writer' }, { limit: 1 });
      expect(before.items).toMatchObject([{ verb: 'plugins.reload', after: { state: 'live' } }]);
      expect(before.next).toBeDefined();
      const rest = await audit.list({ who: 'writer' }, { after: before.next });
      expect(rest.items.map(({ subject }) => subject)).toEqual(['first']);
      expect((await audit.list({ verb: 'nothing' })).items).toEqual([]);
    });

    test('hears of changes until it listens no more', async () => {
      const { host } = open();
      const stop = new AbortController();
      const heard: Change[] = [];
      const listening = (async () => {
        for await (const change of operator().changes.follow(stop.signal)) {
          heard.push(change);
          if (change.topic === 'receipts') stop.abort();
        }
      })();
      // Whoever begins to listen is told of nothing that was before.
      const sending = setInterval(() => void host.deliver(fresh('heard')), 100);
      await listening.finally(() => clearInterval(sending));
      expect(heard).toContainEqual(expect.objectContaining({ topic: 'receipts' }));
    }, 20_000);

    test.each<[string, (operator: Operator) => Promise<unknown>, string]>([
      ['an unknown plugin', (one) => one.plugin('acme.none'), 'plugin/unknown'],
      ['a reload of one', (one) => one.reload('acme.none'), 'plugin/unknown'],
      ['types of one', (one) => one.types('acme.none'), 'plugin/unknown'],
      ['addresses of one', (one) => one.urls.list('acme.none', false), 'plugin/unknown'],
      ['no receipt', (one) => one.inbox.receipt('1-AAAAAAAAAAAAAAAA'), 'inbox/not-found'],
      ['no job', (one) => one.inbox.signal('1-AAAAAAAAAAAAAAAA', 'a'), 'inbox/not-found'],
      ['no delivery', (one) => one.deliveries.timeline('1-AAAAAAAAAAAAAAAA'), 'inbox/not-found'],
      ['a page too long', (one) => one.inbox.jobs({}, { limit: 1_000 }), 'inbox/bad-request'],
      ['an audit page too long', (one) => one.audit.list({}, { limit: 1_000 }), 'inbox/bad-request'],
      [
        'a signal of no name',
        (one) => one.inbox.signal('1-AAAAAAAAAAAAAAAA', 'x'.repeat(2_000)),
        'inbox/bad-signal',
      ],
      ['no secret', (one) => one.secrets.approve('acme.ci', 'NONE'), 'secrets/nothing-waits'],
      ['an empty one', (one) => one.secrets.set('acme.ci', 'X', new Secret('')), 'secrets/empty-value'],
      [
        'a scope that is none',
        (one) => one.tokens.create({ name: 'a', scopes: ['x'] }),
        'tokens/bad-request',
      ],
      ['no schedule', (one) => one.schedules.run('acme.ci', 'none'), 'schedule/unknown'],
      ['no configuration', (one) => one.configs.view('acme.ci'), 'inbox/unavailable'],
      ['no chats', (one) => one.channels.list(), 'inbox/unavailable'],
      ['no samples', (one) => one.sending.list(), 'operator/sends-nothing'],
    ])('is told of %s by the same code', async (_what, ask, code) => {
      expect(await codeOf((async () => ask(operator()))())).toBe(code);
    });
  });
}
