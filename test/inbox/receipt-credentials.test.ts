import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { EndpointAccess } from '../../src/core/access';
import type { SignatureRow } from '../../src/core/signature-row';
import type { Store } from '../../src/inbox/store';
import { sharedSecret } from '../../src/signatures/parametric-rows';
import { eachStore } from './each-store';
import { draftOf, engineOn, hook, until, type EngineUnderTest } from './engine-under-test';

const KEY = 'acme.ci';
const plain: SignatureRow = sharedSecret({ header: 'X-Shared' });
const rows: Record<string, SignatureRow> = {
  second: {
    ...plain,
    signature: { ...plain.signature, from: { json: 'a' }, alternatives: [{ header: 'X-Shared' }] },
  },
  numbered: { ...plain, signature: { ...plain.signature, from: { headerPattern: 'X-Shared*' } } },
  weaker: {
    ...plain,
    ...{ kind: 'hmac', signed: ['body'], weaker: plain, key: { encoding: 'utf8', strip: 'v2_' } },
    signature: { from: { header: 'X-Signed' }, parse: 'whole', encoding: 'hex' },
  },
};
const cases: [string, EndpointAccess][] = [
  ['a token', { token: { header: 'X-Tok' }, secret: 'S' }],
  ['a token of the query', { token: { query: 'door way' }, secret: 'S' }],
  ['a shared secret', { signature: plain, secret: 'S' }],
  ['a token at a second place', { signature: rows['second'] as SignatureRow, secret: 'S' }],
  ['a token in numbered headers', { signature: rows['numbered'] as SignatureRow, secret: 'S' }],
  [
    'a token that a signature will take the place of',
    { signature: rows['weaker'] as SignatureRow, secret: 'S' },
  ],
  ['one of several', ['public', { token: { header: 'x-tok' }, secret: 'S' }]],
];
/** Each access finds its credential in one of these, and leaves the others alone. */
const placed = (access: EndpointAccess) => {
  const text = JSON.stringify(access);
  if (text.includes('door way')) return { target: '/hook?a=1&door+way=sesame', headers: ['X-Other', 'open'] };
  const header = text.includes('X-Shared')
    ? text.includes('X-Shared*')
      ? 'x-shared1'
      : 'x-shared'
    : 'X-TOK';
  return { target: '/hook?a=1', headers: ['X-Other', 'open', header, 'sesame'] };
};

eachStore('the credential of an endpoint’s own access', (open, kind, reopen) => {
  let store: Store;
  let host: EngineUnderTest;
  let file: string | undefined;
  let seen: string[];

  beforeEach(async () => {
    const database = await reopen();
    store = await database.open();
    file = kind === 'sqlite' ? database.address : undefined;
    host = engineOn(store);
    seen = [];
  });
  afterEach(() => host.stop(1_000));

  const endpoint = (access: EndpointAccess, at = '/hook') =>
    hook(at, (exchange) => void seen.push(JSON.stringify([exchange.url, [...exchange.headers]])), { access });
  /** Everything that lies there, the files' bytes too. */
  async function stored(from = store, at = file): Promise<string> {
    const tables = ['receipt', 'receipt_body', 'job', 'task'] as const;
    const all = await Promise.all(tables.map((table) => from.reader.selectFrom(table).selectAll().execute()));
    const text = JSON.stringify(all, (_name, value: unknown) =>
      typeof value === 'object' && value !== null && 'data' in value
        ? Buffer.from(value.data as number[]).toString('latin1')
        : value,
    );
    if (at === undefined) return text;
    const folder = path.dirname(at);
    const files = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'latin1'));
    return [text, ...files].join('');
  }

  test.each(cases)(
    '%s is sealed at rest, masked where it is shown, and given to handlers',
    async (_, access) => {
      const declared = endpoint(access);
      host.put(KEY, [declared]);
      const { receiptId } = await host.inbox.accept(draftOf(KEY, declared, { request: placed(access) }));
      expect(await stored()).toContain('open');
      expect(await stored()).not.toContain('sesame');
      const shown = await host.desk.receipt(receiptId);
      expect(shown.headers).toContainEqual(['X-Other', 'open']);
      const listed = await host.desk.receipts({}, {});
      const exported = await host.desk.export({}, undefined);
      expect(exported.jobs).toHaveLength(1);
      expect(JSON.stringify([shown, listed, exported])).not.toContain('sesame');
      expect(`${shown.target} ${JSON.stringify(shown.headers)}`).toMatch(/\*\*\*|••••••/);
      await host.start();
      await until('the work', () => seen.length === 1);
      await host.desk.change('replay', { ids: [receiptId] });
      await until('the replay', () => seen.length === 2);
      for (const each of seen) expect(each).toContain('sesame');
      expect(await stored()).not.toContain('sesame');
    },
  );

  test('is sealed in what is recorded of an answered request, too', async () => {
    const access = { token: { header: 'X-Tok' }, secret: 'S' };
    const declared = endpoint(access);
    host.put(KEY, [declared]);
    host.inbox.record(draftOf(KEY, declared, { request: placed(access) }), { status: 204 });
    const receipt = await until('the record', async () => (await host.desk.receipts({}, {})).items[0]);
    expect((await host.desk.receipt(receipt.id)).headers).toContainEqual(['X-TOK', '••••••']);
    expect(await stored()).not.toContain('sesame');
  });

  test('stays sealed where a host imports it that knows nothing of the endpoint', async () => {
    const access = [
      { token: { header: 'X-Tok' }, secret: 'S' },
      { token: { query: 'door' }, secret: 'S' },
    ] as const;
    const declared = endpoint(access);
    host.put(KEY, [declared]);
    const request = { target: '/hook?door=sesame', headers: ['x-tok', 'sesame', 'X-Other', 'open'] };
    await host.inbox.accept(draftOf(KEY, declared, { request }));
    const { jobs } = await host.desk.export({}, undefined);
    const there = await open();
    const other = engineOn(there);
    try {
      expect(await other.desk.import(JSON.parse(JSON.stringify(jobs)))).toMatchObject({ imported: 1 });
      expect(await stored(there, undefined)).toContain('open');
      expect(await stored(there, undefined)).not.toContain('sesame');
      other.put(KEY, [declared]);
      await other.start();
      await until('the work', () => seen.length === 1);
      expect(seen[0]).toContain('"x-tok","sesame"');
      expect(seen[0]).toContain('door=sesame');
    } finally {
      await other.stop(1_000);
    }
  });

  test('is sealed in a receipt that several listeners share, whichever of them it belongs to', async () => {
    const listeners = (['X-One', 'X-Two', 'X-Three'] as const).map((header) => {
      const declared = endpoint({ token: { header }, secret: 'S' });
      host.put(`${header.slice(2).toLowerCase()}.hook`, [declared]);
      return declared;
    });
    const [one, two, three] = listeners as [
      (typeof listeners)[0],
      (typeof listeners)[0],
      (typeof listeners)[0],
    ];
    const request = {
      headers: ['X-One', 'sesame', 'X-Two', 'sesame', 'X-Three', 'sesame', 'X-Other', 'open'],
    };
    // The third one only looks on: nothing of its own is stored.
    const more = { request, sharedWith: [three] };
    await host.inbox.acceptShared([
      { draft: draftOf('one.hook', one, more), live: undefined },
      { draft: draftOf('two.hook', two, more), live: undefined },
    ]);
    expect((await host.desk.receipts({}, {})).items).toHaveLength(1);
    expect(await stored()).toContain('open');
    expect(await stored()).not.toContain('sesame');
    await host.start();
    await until('the work', () => seen.length === 2);
    for (const each of seen) expect(each).toContain('"x-two","sesame"');
  });
});
