import fc from 'fast-check';
import { verifyHmac, timingSafeEqual } from '../../src/core/by-hand';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { rowIssues } from '../../src/signatures/row-issues';
import { AT, judge, reasonOf, requestOf, rowsOfKind, sampleOf, secretsOf, tableRows } from './samples';

const row = fc.constantFrom(...tableRows);
const keyed = fc.constantFrom(...rowsOfKind('hmac', 'digest'));
const compiled = new Map(tableRows.map((each) => [each.id, compileRow(each)]));
const samples = new Map(tableRows.map((each) => [each.id, sampleOf(each)]));
const sampled = (id: string) => samples.get(id) as ReturnType<typeof sampleOf>;
const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
const REASON =
  /^(missing|malformed)_(signature|timestamp)$|^timestamp_too_(old|new)$|^bad_(signature|encoding)$|^duplicate_header$|^no_secret$|^no_public_url$/;

test('no request makes a verifier throw, and none that was made up passes', () => {
  const name = row.chain((each) =>
    fc.constantFrom(...Object.keys(sampled(each.id).headers), 'content-type', 'x-other'),
  );
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('v1,', 'sha256=', 't=1,v1=', 't=1700000000,v1=00', '=', ',', 'Basic ', 'Basic Og=='),
  );
  fc.assert(
    fc.property(
      row,
      fc.array(fc.tuple(name, value), { maxLength: 6 }),
      fc.oneof(bytes, fc.json().map(Buffer.from)),
      fc.string(),
      fc.array(fc.string(), { maxLength: 3 }),
      ({ id }, headers, body, target, secrets) => {
        const request = plainRequest({ headers: headers.flat(), body, target, method: 'POST' });
        const verdict = compiled.get(id)?.(request, secretsOf(...secrets), AT);
        expect(verdict).toMatchObject({ ok: false, reason: expect.stringMatching(REASON) });
      },
    ),
    { numRuns: 1_500 },
  );
});

test('whatever body is signed is taken, and any other body refused', () => {
  fc.assert(
    fc.property(keyed, bytes, fc.nat(), (each, body, at) => {
      if (each.bodyUnsigned === true || (each.time !== undefined && 'json' in each.time.from)) return;
      const sample = sampleOf(each, { body });
      expect(reasonOf(judge(sample))).toBe('ok');
      const changed = Buffer.from(body);
      if (changed.length === 0) return;
      changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << (at % 8));
      expect(reasonOf(judge(sample, { body: changed }))).toBe('bad_signature');
    }),
    { numRuns: 400 },
  );
});

test('a request without any one of its signed headers is refused', () => {
  fc.assert(
    fc.property(row, fc.nat(), (each, pick) => {
      const sample = sampled(each.id);
      const unsigned = new Set(
        [...each.delivery.filter(({ signed }) => !signed), ...each.event].flatMap((place) =>
          'header' in place ? [place.header] : [],
        ),
      );
      const names = Object.keys(sample.headers).filter((header) => !unsigned.has(header));
      const name = names[pick % names.length];
      if (name === undefined) return;
      const { [name]: _gone, ...headers } = sample.headers;
      expect(judge(sample, { headers }).ok).toBe(false);
    }),
  );
});

test('a changed character anywhere in a signature header is refused', () => {
  const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
  fc.assert(
    fc.property(keyed, fc.nat(), character, (each, at, other) => {
      const sample = sampled(each.id);
      const { from } = each.signature;
      if (!('header' in from)) return;
      const value = sample.headers[from.header] ?? '';
      const index = at % value.length;
      const was = value[index] ?? '';
      if (was.toLowerCase() === other.toLowerCase()) return;
      const changed = value.slice(0, index) + other + value.slice(index + 1);
      expect(judge(sample, { headers: { ...sample.headers, [from.header]: changed } }).ok).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test('no secret but the right one verifies', () => {
  fc.assert(
    fc.property(row, fc.string(), (each, guess) => {
      const sample = sampled(each.id);
      fc.pre(guess !== sample.secret);
      const verdict = compiled.get(each.id)?.(requestOf(sample), secretsOf(guess, ''), AT);
      expect(verdict?.ok).toBe(false);
    }),
  );
});

test('whatever a row is, its issues can be told', () => {
  fc.assert(fc.property(fc.anything(), (value) => void rowIssues(value)));
  fc.assert(
    fc.property(row, fc.string(), fc.anything(), (each, member, value) => {
      expect(Array.isArray(rowIssues({ ...each, [member]: value }))).toBe(true);
    }),
  );
  const members = [
    'signature',
    'key',
    'signed',
    'time',
    'delivery',
    'event',
    'ack',
    'weaker',
    'kind',
    'hash',
  ];
  fc.assert(
    fc.property(row, fc.constantFrom(...members), fc.anything(), (each, member, value) => {
      const issues = rowIssues({ ...each, [member]: value });
      if (issues.length === 0 && value !== undefined)
        expect(() => compileRow({ ...each, [member]: value })).not.toThrow();
    }),
  );
});

test('checks made by hand never throw', () => {
  const anything = fc.oneof(fc.anything(), fc.string(), bytes) as fc.Arbitrary<never>;
  fc.assert(
    fc.property(anything, anything, anything, anything, (one, two, three, four) => {
      expect(typeof verifyHmac(one, two, three, four)).toBe('boolean');
      expect(typeof timingSafeEqual(one, two)).toBe('boolean');
    }),
  );
});
