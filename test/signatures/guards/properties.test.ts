import fc from 'fast-check';
import type { AccessMode } from '../../../src/core/access';
import type { Guard, Judgement } from '../../../src/core/ports/guards';
import type { SignatureRow } from '../../../src/core/signature-row';
import { plainRequest } from '../../../src/signatures/plain-request';
import { CI } from '../../state/secrets-under-test';
import { AT, requestOf, sampleOf, tableRows, type Sample } from '../samples';
import { signedRequest } from '../special-request';
import { GuardYard, headOf, reasonOf } from './guard-yard';
import { SENDERS_TEXTS, SPECIAL_AT, specialSamples } from './special-samples';

interface Case {
  readonly row: SignatureRow;
  readonly guard: Guard;
  /** Its secrets have no value. */
  readonly unset: Guard;
  readonly sample: Sample;
}
const specials = specialSamples();
const cases: Case[] = [];
const special = new Map<string, { readonly guard: Guard; readonly unset: Guard }>();
let yard: GuardYard;

beforeAll(async () => {
  // A blank variable is no secret.
  yard = await GuardYard.open({ GATEHOUSE_SECRET_ACME_CI_BLANK: ' ' });
  for (const [url, text] of SENDERS_TEXTS) yard.texts.set(url, text);
  const { secrets } = yard.under;
  const all = [...tableRows.map((row) => ({ row, sample: sampleOf(row) }))];
  await Promise.all([
    ...all.map(({ sample }, index) => secrets.set(CI, `ROW${index}`, sample.secret)),
    ...specials.map(({ secret }, index) => secrets.set(CI, `SPECIAL${index}`, secret ?? 'none')),
    secrets.set(CI, 'TOKEN', 'horse'),
  ]);
  const guardOf = (signature: string, secret: string, more: object = {}) =>
    yard.guard({ signature, secret, ...more } as AccessMode);
  all.forEach(({ row, sample }, index) =>
    cases.push({ row, sample, guard: guardOf(row.id, `ROW${index}`), unset: guardOf(row.id, 'BLANK') }),
  );
  specials.forEach(({ id, expect: needed }, index) =>
    special.set(id, {
      guard: guardOf(id, `SPECIAL${index}`, { expect: needed }),
      unset: guardOf(id, 'BLANK', { expect: needed }),
    }),
  );
});
afterAll(() => yard.close());

/** Of table rows: at once. */
function at(guard: Guard, request: Parameters<NonNullable<Guard['judge']>>[0]): Judgement {
  const judged = guard.judge?.(request, AT);
  if (judged === undefined || !('ok' in judged)) throw new Error('a row takes no time');
  return judged;
}
const isUnsigned = (row: SignatureRow, name: string) =>
  [...row.delivery.filter(({ signed }) => !signed), ...row.event].some(
    (place) => 'header' in place && place.header === name,
  );

test('every sender’s genuine request is taken, and known by its secret', () => {
  expect(cases.length).toBeGreaterThan(80);
  for (const { row, guard, sample } of cases)
    expect(at(guard, requestOf(sample))).toMatchObject({ ok: true, verified: { scheme: row.id, at: AT } });
});

test('a request without any one of its signed headers is refused', () => {
  for (const { row, guard, sample } of cases)
    for (const name of Object.keys(sample.headers).filter((each) => !isUnsigned(row, each))) {
      const { [name]: _gone, ...headers } = sample.headers;
      expect([row.id, name, at(guard, requestOf(sample, { headers })).ok]).toEqual([row.id, name, false]);
    }
});

test('a signed header that is there twice is refused', () => {
  for (const { row, guard, sample } of cases)
    for (const name of Object.keys(sample.headers).filter((each) => !isUnsigned(row, each))) {
      const once = Object.entries(sample.headers).flat();
      const rawHeaders = [...once, name.toUpperCase(), sample.headers[name] ?? ''];
      const judged = at(guard, { ...requestOf(sample), rawHeaders });
      expect([row.id, name, reasonOf(judged)]).toEqual([row.id, name, 'duplicate_header']);
    }
});

test('where no secret is set nothing is let in, and it is ours to mend', async () => {
  for (const { row, unset, sample } of cases)
    expect([row.id, reasonOf(at(unset, requestOf(sample)))]).toEqual([row.id, 'no_secret']);
  for (const { id, secret, request } of specials) {
    if (secret === undefined) continue;
    const judged = await special.get(id)?.unset.judge?.(signedRequest(request), SPECIAL_AT);
    expect([id, reasonOf(judged)]).toEqual([id, 'no_secret']);
  }
});

test('of schemes that are code, each header, each signed query member and the body are needed', async () => {
  for (const { id, request, query } of specials) {
    const guard = special.get(id)?.guard;
    const ask = async (changes: object) => reasonOf(await guard?.judge?.(signedRequest({ ...request, ...changes }), SPECIAL_AT)); // prettier-ignore
    expect([id, await ask({})]).toEqual([id, 'ok']);
    for (const name of Object.keys(request.headers)) {
      const { [name]: value = '', ...headers } = request.headers;
      if (name === 'content-type' && id !== 'twilio') continue;
      expect([id, name, await ask({ headers })]).not.toEqual([id, name, 'ok']);
      if (name === 'content-type') continue;
      expect(await ask({ headers: { ...headers, [name]: [value, value] } })).toBe('duplicate_header');
    }
    for (const name of query) {
      const [path, search] = (request.target ?? '').split('?');
      const members = new URLSearchParams(search);
      members.delete(name);
      expect([id, name, await ask({ target: `${path}?${members.toString()}` })]).not.toEqual([
        id,
        name,
        'ok',
      ]);
    }
    if (id !== 'pubsub') expect([id, await ask({ body: '{}' })]).not.toEqual([id, 'ok']);
  }
});

test('signatures are read strictly: white space, padding and a wrong digit are refused', () => {
  for (const { row, guard, sample } of cases) {
    const { from, encoding } = row.signature;
    if (!('header' in from) || row.kind === 'token') continue;
    const value = sample.headers[from.header] ?? '';
    // Of base64url the right padding may stand there or not.
    const odd =
      encoding === 'hex'
        ? ['g', '0', ' 0', '\u00e9']
        : ['===', '%', ' A', '\u00e9', ...(encoding === 'base64' ? ['=', '=='] : [])];
    for (const end of odd) {
      // Of a list that is another item, which is passed over.
      if (row.signature.parse !== 'whole' && end.startsWith(' ')) continue;
      const headers = { ...sample.headers, [from.header]: value + end };
      expect([row.id, end, at(guard, requestOf(sample, { headers })).ok]).toEqual([row.id, end, false]);
    }
    const cut = { ...sample.headers, [from.header]: value.slice(0, -1) };
    expect([row.id, at(guard, requestOf(sample, { headers: cut })).ok]).toEqual([row.id, false]);
  }
});

test('no request makes a guard throw, and none that was made up is let in', async () => {
  const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 60 }));
  const tokens = ['Basic Og==', 'Bearer x', 'sha256=00', 't=1,v1=0', '=', 'v1,AA==', '{}'];
  const value = fc.oneof(text, fc.constantFrom(...tokens));
  const names = [...new Set(cases.flatMap(({ sample }) => Object.keys(sample.headers)))];
  const lines = fc.array(fc.tuple(fc.oneof(text, fc.constantFrom(...names)), value), { maxLength: 6 });
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map(Buffer.from),
  );
  const every = [...cases.map(({ guard }) => guard), ...[...special.values()].map(({ guard }) => guard)];
  const heads = [
    ...[
      { token: { header: 'x-token' }, secret: 'TOKEN' },
      { token: { query: 'key' }, secret: 'TOKEN' },
    ],
    ...[{ basic: {}, secret: 'TOKEN' }, { signedUrl: true }, 'operator', { allowFrom: ['10.0.0.0/8'] }],
  ].map((mode) => yard.guard(mode as AccessMode));
  await yard.signedUrls.provide(CI, '/hook');
  const query = fc.dictionary(
    fc.constantFrom('token', 'key', '__proto__', 'a'),
    fc.oneof(text, fc.array(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...every),
      fc.constantFrom(...heads),
      lines,
      body,
      text,
      query,
      text,
      async (guard, head, headers, bytes, target, members, ip) => {
        const request = plainRequest({ headers: headers.flat(), body: bytes, target, method: 'POST' });
        expect((await guard.judge?.(request, AT))?.ok).toBe(false);
        const asked = { ...headOf({ query: members, ip }), rawHeaders: headers.flat() };
        expect(head.head?.(asked, AT).ok).toBe(false);
      },
    ),
    { numRuns: 1_000 },
  );
  expect(yard.lines.filter((line) => line.includes('could not be judged'))).toEqual([]);
});

test('of any two senders’ signatures on one list both must hold', () => {
  const bodies = cases.filter(
    ({ row, sample }) =>
      row.kind === 'hmac' &&
      !('json' in row.signature.from) &&
      sample.body.length > 0 &&
      row.time === undefined,
  );
  const pair = fc.tuple(fc.constantFrom(...bodies), fc.constantFrom(...bodies));
  fc.assert(
    fc.property(pair, ([one, two]) => {
      const header = (each: Case) => Object.keys(each.sample.headers).map((name) => name.toLowerCase());
      fc.pre(!header(one).some((name) => header(two).includes(name)));
      fc.pre(one.sample.body.equals(two.sample.body));
      const names = [one, two].map((each) => ({
        signature: each.row.id,
        secret: `ROW${cases.indexOf(each)}`,
      }));
      const guard = yard.guard(names);
      const ask = (headers: object) => at(guard, requestOf({ ...one.sample, headers: headers as never })).ok;
      expect(ask({ ...one.sample.headers, ...two.sample.headers })).toBe(true);
      expect(ask(one.sample.headers)).toBe(false);
      expect(ask(two.sample.headers)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
