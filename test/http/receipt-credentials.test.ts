import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { EndpointAccess } from '../../src/core/access';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import { isCredentialHeader } from '../../src/core/credentials';
import type { SharedAddress } from '../../src/core/ports/shared-address';
import { reply } from '../../src/core/reply';
import { sharedSecret } from '../../src/signatures/parametric-rows';
import { signatureRows } from '../../src/signatures/signature-rows';
import { durable, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json, oldAddresses } from './gateway-under-test';
import { guardsOn } from './guards-under-test';

const D = '/api/plugin/acme.demo';
const shared: SharedAddress = { choose: (_path, keys) => keys, gather: (outcomes) => reply(200, outcomes) };
let host: DurableHost;
let seen: string[];
beforeEach(async () => {
  seen = [];
  host = await startDurableHost({ guards: guardsOn({ S: 'sesame', T: ['tulip', 'thistle'] }), shared });
});
afterEach(() => host.close());

const handle = (exchange: Exchange) => {
  seen.push(JSON.stringify([...exchange.headers]));
  return {};
};
const receipts = () => host.store.reader.selectFrom('receipt').selectAll().execute();
/** The bytes of the database's files, once that many receipts are there. */
async function stored(count: number): Promise<string> {
  for (let turn = 0; (await receipts()).length < count && turn < 400; turn += 1)
    await new Promise((done) => setTimeout(done, 10));
  expect(await receipts()).toHaveLength(count);
  const folder = path.dirname(host.file);
  return readdirSync(folder)
    .map((name) => readFileSync(path.join(folder, name), 'latin1'))
    .join('');
}

const answers = ['accept', 'handler', { ackWithinMs: 2_000 }] as const;
const cases: [string, EndpointAccess, string, Record<string, string>][] = [
  ['token in a header', { token: { header: 'X-Tok' }, secret: 'S' }, '', { 'x-tok': 'sesame' }],
  ['token in the query', { token: { query: 'door' }, secret: 'S' }, '?door=sesame&a=1', {}],
  [
    'shared secret',
    { signature: sharedSecret({ header: 'X-Shared' }), secret: 'S' },
    '',
    { 'x-shared': 'sesame' },
  ],
];

test.each(cases.flatMap(([name, ...rest]) => answers.map((answer) => [name, answer, ...rest] as const)))(
  'a request with a %s, answered by %j, leaves no credential in the files of the store',
  async (_name, answer, access, query, headers) => {
    host.seat('acme.demo', durable(answer, '/t', handle, { access }));
    const { status } = await host.call(`${D}/t${query}`, json('{}', { ...headers, 'x-other': 'in clear' }));
    expect(status).toBeLessThan(300);
    await eventually(() => seen.length === 1);
    const bytes = await stored(1);
    expect(bytes).toContain('in clear');
    expect(bytes).not.toContain('sesame');
    if (query === '') expect(seen[0]).toContain('sesame');
  },
);

test.each<readonly [Endpoint['answer'], Endpoint['answer'], number]>([
  ['handler', 'handler', 1],
  ['accept', 'accept', 2],
  ['accept', 'handler', 2],
])(
  'at a shared address (%j and %j) no receipt holds another plugin’s credential',
  async (one, two, count) => {
    const seat = (key: string, answer: Endpoint['answer'], access: EndpointAccess) =>
      host.seat(
        key,
        durable(answer, '/gh', handle, { access, aliases: oldAddresses(key, '/gh'), isWebhook: true }),
      );
    seat('acme.one', one, { token: { header: 'X-One' }, secret: 'S' });
    seat('acme.two', two, { token: { header: 'X-Two' }, secret: 'T' });
    seat('acme.closed', 'handler', { token: { query: 'door' }, secret: 'NONE' });
    const headers = { 'x-one': 'sesame', 'x-two': 'tulip', 'x-other': 'in clear' };
    await host.call('/api/webhook/gh?door=rose', json('{}', headers));
    await eventually(() => seen.length === 2);
    const bytes = await stored(count);
    expect(bytes).toContain('in clear');
    for (const credential of ['sesame', 'tulip', 'door=rose']) expect(bytes).not.toContain(credential);
  },
);

test('an Idempotency-Key is another one of a caller with another credential, whichever of several it is', async () => {
  const access = [
    { token: { header: 'X-One' }, secret: 'S' },
    { token: { header: 'X-Two' }, secret: 'T' },
  ] as const;
  host.seat('acme.demo', endpoint('POST', '/t', handle, { access, idempotency: { required: true } }));
  for (const two of ['tulip', 'thistle', 'tulip'])
    await host.call(`${D}/t`, json('{}', { 'x-one': 'sesame', 'x-two': two, 'idempotency-key': 'k' }));
  expect(seen).toHaveLength(2);
});

test('tokens of the known senders go by names that tell what they hold', () => {
  const names = signatureRows.flatMap(({ kind, signature: { from, alternatives = [] } }) =>
    kind === 'token'
      ? [from, ...alternatives].flatMap((place) => ('header' in place ? [place.header] : []))
      : [],
  );
  expect(names).toContain('X-Gitlab-Token');
  expect(names.filter((name) => !isCredentialHeader(name))).toEqual([]);
});
