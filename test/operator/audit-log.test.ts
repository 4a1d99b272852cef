import type { AuditRecord } from '../../src/core/ports/audit';
import { StoredAuditLog } from '../../src/operator/audit-log';
import { RepeatedRefusals } from '../../src/operator/repeated-refusals';
import { eventually } from '../http/gateway-under-test';
import { eachDatabase, refusalOf } from '../state/each-database';
import { keptLogger } from '../state/secrets-under-test';

const DAY_MS = 86_400_000;
const change = (more: Partial<AuditRecord> = {}): AuditRecord => ({
  ...{ who: 'operator', via: 'token', ip: '10.0.0.1', verb: 'plugins.disable', subject: 'acme.ci' },
  ...{ before: { state: 'live' }, after: { state: 'disabled' }, outcome: 'done' },
  ...more,
});

eachDatabase('the audit', (given) => {
  const { logger, lines } = keptLogger();
  const open = (more: Partial<ConstructorParameters<typeof StoredAuditLog>[0]> = {}) =>
    new StoredAuditLog({ database: given().database, logger, keepMs: 365 * DAY_MS, ...more });
  const everyVerb = async (log: StoredAuditLog) =>
    (await log.list({}, { limit: 200 })).items.map(({ verb }) => verb);

  afterEach(async () => {
    const { database } = given();
    await database.write([database.reader.deleteFrom('audit').compile()]);
  });

  test('keeps who did what to what, before and after, and what came of it', async () => {
    const log = open();
    const from = given().database.now();
    await log.record(change());
    const { items, next } = await log.list({});
    expect(next).toBeUndefined();
    expect(items).toEqual([{ id: expect.stringMatching(/^\d+$/), at: expect.any(Number), ...change() }]);
    expect(items[0]?.at).toBeGreaterThanOrEqual(from);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      ...{ level: 'info', message: 'audit', who: 'operator', verb: 'plugins.disable', outcome: 'done' },
      after: '{"state":"disabled"}',
    });
  });

  test('what there is nothing to say of stays away', async () => {
    const log = open();
    await log.record(change({ ip: undefined, before: undefined, after: undefined }));
    expect((await log.list({})).items[0]).toMatchObject({
      ip: undefined,
      before: undefined,
      after: undefined,
    });
  });

  test('is found by who, verb, the beginning of the subject, and time, newest first, page by page', async () => {
    const log = open();
    for (let count = 0; count < 5; count += 1)
      await log.record(
        change({ verb: `v${count}`, who: count % 2 ? 'odd' : 'even', subject: `a_%.${count}` }),
      );
    expect(await everyVerb(log)).toEqual(['v4', 'v3', 'v2', 'v1', 'v0']);
    const verbs = async (filter: Parameters<typeof log.list>[0]) =>
      (await log.list(filter)).items.map(({ verb }) => verb);
    expect(await verbs({ who: 'odd' })).toEqual(['v3', 'v1']);
    expect(await verbs({ verb: 'v2' })).toEqual(['v2']);
    expect(await verbs({ subject: 'a_%' })).toHaveLength(5);
    expect(await verbs({ subject: 'a_%.3' })).toEqual(['v3']);
    expect(await verbs({ subject: 'ax' })).toEqual([]);
    const [first] = (await log.list({ verb: 'v0' })).items;
    expect(await verbs({ until: first?.at })).toEqual([]);
    expect(await verbs({ since: first?.at })).toHaveLength(5);
    const page = await log.list({}, { limit: 2 });
    expect(page.items.map(({ verb }) => verb)).toEqual(['v4', 'v3']);
    const rest = await log.list({}, { limit: 3, after: page.next });
    expect(rest.items.map(({ verb }) => verb)).toEqual(['v2', 'v1', 'v0']);
    expect(rest.next).toBeUndefined();
  });

  test.each([{ limit: 0 }, { limit: 201 }, { after: 'x' }, { after: '1; drop table audit' }])(
    'the page %j makes no sense',
    async (page) => {
      expect(await refusalOf(open().list({}, page))).toBe('inbox/bad-request');
    },
  );

  test('holds texts of any kind, and nothing without end', async () => {
    const log = open();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    await log.record(
      change({ subject: `a\0b${'x'.repeat(2_000)}`, before: circle, after: 'y'.repeat(20_000) }),
    );
    const [entry] = (await log.list({})).items;
    expect(entry?.subject).toMatch(/^abx+$/);
    expect(entry?.subject).toHaveLength(500);
    expect(entry?.before).toBeUndefined();
    expect(entry?.after).toEqual({ omitted: '20002 characters' });
  });

  test('what is older than its time goes, and of too many the oldest', async () => {
    const log = open();
    for (let count = 0; count < 6; count += 1) await log.record(change({ verb: `v${count}` }));
    const { database } = given();
    const aged = database.reader
      .updateTable('audit')
      .set({ at: database.now() - 2 * DAY_MS })
      .where('verb', 'in', ['v0', 'v1']);
    await database.write([aged.compile()]);
    await open({ keepMs: DAY_MS }).purge();
    expect(await everyVerb(log)).toEqual(['v5', 'v4', 'v3', 'v2']);
    await open({ mostEntries: 2 }).purge();
    expect(await everyVerb(log)).toEqual(['v5', 'v4']);
    await open().purge();
    expect(await everyVerb(log)).toHaveLength(2);
  });
});

eachDatabase('refusals for want of a scope', (given) => {
  const { logger, lines } = keptLogger();
  const open = (more: Partial<ConstructorParameters<typeof StoredAuditLog>[0]> = {}) =>
    new StoredAuditLog({ database: given().database, logger, keepMs: 365 * DAY_MS, ...more });
  const refused = (who: string, subject = 'acme.ci') => change({ who, subject, outcome: 'operator/scope' });
  afterEach(async () => {
    lines.length = 0;
    const { database } = given();
    await database.write([database.reader.deleteFrom('audit').compile()]);
  });

  test('are one entry of a holder and a verb, and then one with how often', async () => {
    const log = open({ refusalsMs: 50 });
    await Promise.all(
      Array.from({ length: 100 }, (_, count) => log.record(refused('reader', `acme.${count}`))),
    );
    await log.record(refused('other'));
    const written = async () =>
      (await log.list({ who: 'reader' })).items.map(({ subject, after }) => ({ subject, after }));
    await eventually(async () => (await written()).length === 2);
    expect(await written()).toEqual([
      { subject: 'acme.99', after: { times: 99 } },
      { subject: 'acme.0', after: { state: 'disabled' } },
    ]);
    expect((await log.list({ who: 'other' })).items).toHaveLength(1);
    expect(lines).toHaveLength(3);
    await log.stop();
  });

  test('what is not written yet is written in the end', async () => {
    const log = open();
    for (let count = 0; count < 3; count += 1) await log.record(refused('reader'));
    expect((await log.list({})).items).toHaveLength(1);
    await log.stop();
    expect((await log.list({})).items[0]?.after).toEqual({ times: 2 });
    for (const who of ['late', 'late']) await log.record(refused(who));
    expect((await log.list({ who: 'late' })).items).toHaveLength(2);
  });

  test('of more holders than are followed at once the first is let go, with how often', async () => {
    const written: AuditRecord[] = [];
    const refusals = new RepeatedRefusals(async (record) => void written.push(record), DAY_MS);
    for (const who of ['first', 'first', 'first']) await refusals.add(refused(who));
    for (let count = 0; count < 1_000; count += 1) await refusals.add(refused(`holder ${count}`));
    expect(written).toHaveLength(1_002);
    expect(written.filter(({ who }) => who === 'first').at(-1)?.after).toEqual({ times: 2 });
    await refusals.close();
    expect(written).toHaveLength(1_002);
  });

  test('put nothing else out', async () => {
    const log = open({ mostEntries: 2, mostRefusals: 3 });
    for (const verb of ['v0', 'v1', 'v2']) await log.record(change({ verb }));
    for (let count = 0; count < 9; count += 1) await log.record(refused(`reader ${count}`));
    await log.purge();
    expect((await log.list({})).items.map(({ who, verb }) => `${who} ${verb}`)).toEqual([
      ...['reader 8', 'reader 7', 'reader 6'].map((who) => `${who} plugins.disable`),
      ...['operator v2', 'operator v1'],
    ]);
    await log.stop();
  });
});

eachDatabase('a store that is gone', (given) => {
  test('leaves the entry in the log, and what was done is done', async () => {
    const { logger, lines } = keptLogger();
    const failing = { ...given().database, write: () => Promise.reject(new Error('the disk is full')) };
    const log = new StoredAuditLog({ database: failing, logger, keepMs: DAY_MS });
    await log.record(change());
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['info', 'error']);
    await log.purge();
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ level: 'warn' });
  });
});
