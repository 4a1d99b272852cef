import { createHmac } from 'node:crypto';
import { isHostError } from '../../src/core/errors';
import type { SignatureRow } from '../../src/core/signature-row';
import { compileRow } from '../../src/signatures/compile-row';
import { hmac, sharedSecret } from '../../src/signatures/parametric-rows';
import { plainRequest } from '../../src/signatures/plain-request';
import { rowIssues } from '../../src/signatures/row-issues';
import { signatureRow } from '../../src/signatures/signature-rows';
import { AT, judge, reasonOf, sampleOf, secretsOf } from './samples';

const own: SignatureRow = {
  id: 'acme',
  title: 'Acme',
  kind: 'hmac',
  signature: { from: { header: 'x-acme' }, parse: 'pairs', keys: ['v1'], encoding: 'hex' },
  key: { encoding: 'utf8' },
  signed: ['timestamp', { literal: '.' }, 'body'],
  time: { from: { pair: 't' }, unit: 's', past: 300, future: 300 },
  delivery: [{ json: 'id', signed: true }],
  event: [{ json: 'type' }],
};
const wrong = (changes: Record<string, unknown>) => rowIssues({ ...own, ...changes });

describe('an author’s own row', () => {
  test('is verified like one of the table', () => {
    expect(rowIssues(own)).toEqual([]);
    expect(judge(sampleOf(own))).toMatchObject({ ok: true, scheme: 'acme', dedupeKey: 'acme:id:d-1' });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['a member that is not known', { sig: 1 }, 'sig is not known'],
    ['no id', { id: undefined }, 'id is missing'],
    ['an id that is no name', { id: 'a b' }, 'id must be a name'],
    ['a kind that is not known', { kind: 'crc' }, 'kind must be one of hmac'],
    ['a weak hash', { hash: 'md5' }, 'hash must be one of sha1'],
    ['no signature', { signature: undefined }, 'signature is missing'],
    ['a signature that is no object', { signature: [] }, 'signature must be an object'],
    [
      'a signature in a form',
      { signature: { ...own.signature, from: { form: 'x' } } },
      'signature.from must be in',
    ],
    [
      'a signature in the query',
      { signature: { ...own.signature, from: { query: 'x' } } },
      'ends up in logs',
    ],
    [
      'a pattern without its star',
      { signature: { ...own.signature, from: { headerPattern: 'x-1' } } },
      'ends in "*"',
    ],
    ['pairs without names', { signature: { ...own.signature, keys: [] } }, 'signature.keys must name'],
    [
      'a pair of a whole header',
      { signature: { ...own.signature, parse: 'whole' } },
      '{ pair } is read although',
    ],
    ['plain text that is no token', { signature: { ...own.signature, encoding: 'text' } }, 'for tokens only'],
    ['a key of another kind', { key: { encoding: 'pem' } }, 'key.encoding must be one of utf8'],
    ['nothing signed', { signed: [], time: undefined, delivery: [] }, 'signed must name what is signed'],
    ['a part that is not known', { signed: ['bdoy'] }, 'signed must name one of body'],
    ['a body left out', { signed: ['timestamp'], delivery: [] }, 'say bodyUnsigned: true'],
    ['a moment nobody finds', { time: undefined }, 'time does not say where it is'],
    ['a moment that is not signed', { signed: ['body'] }, 'anybody can write it'],
    ['a window of a year', { time: { ...own.time, past: 4e7 } }, 'time.past must be seconds'],
    [
      'a key hashed along in an HMAC',
      { signed: ['timestamp', 'key', 'body'] },
      'must have "key" for a digest',
    ],
    [
      'an id that says it is signed',
      { delivery: [{ header: 'x-id', signed: true }] },
      'is not among what is signed',
    ],
    ['an id that says nothing', { delivery: [{ header: 'x-id' }] }, 'must say signed: true or false'],
    ['two places in one', { event: [{ header: 'a', json: 'b' }] }, 'event must be a place'],
    ['an answer never due', { ack: { status: 200 } }, 'ack.deadlineMs is missing'],
    [
      'a weaker row that is wrong',
      { weaker: { ...signatureRow('gitlab-token'), id: undefined }, key: { encoding: 'utf8', strip: 'w_' } },
      'weaker: id is missing',
    ],
    ['a weaker row for no secret', { weaker: signatureRow('gitlab-token') }, 'weaker needs key.strip'],
  ])('is refused with %s', (_what, changes, issue) => {
    expect(wrong(changes)).toEqual([expect.stringContaining(issue)]);
  });

  test('may not be weaker than itself', () => {
    const loop = { ...own, weaker: undefined as unknown, key: { encoding: 'utf8', strip: 'w_' } };
    loop.weaker = loop;
    expect(rowIssues(loop)).toEqual(['weaker cannot have a weaker row itself']);
  });

  test('is refused with all its issues at once', () => {
    const broken = { ...own, kind: 'crc', hash: 'md5', event: 'type' } as never;
    let thrown: unknown;
    try {
      compileRow(broken);
    } catch (error) {
      thrown = error;
    }
    expect(isHostError(thrown) && thrown.code).toBe('signatures/invalid-row');
    expect(String(thrown).match(/^ {2}- /gm)).toHaveLength(3);
    expect(rowIssues('github')).toEqual(['must be an object']);
    expect(() => compileRow(undefined as never)).toThrow(
      expect.objectContaining({ code: 'signatures/invalid-row' }),
    );
  });
});

describe('hmac', () => {
  const body = '{"a":"$& $$"}';
  const mac = (hash: string, encoding: 'hex' | 'base64' | 'base64url', text: string) =>
    createHmac(hash, 'secret').update(text).digest(encoding);
  const judged = (row: SignatureRow, headers: Record<string, string>, at = AT) =>
    reasonOf(compileRow(row)(plainRequest({ headers, body }), secretsOf('secret'), at));

  test('needs a header only', () => {
    expect(judged(hmac({ header: 'X-Sig' }), { 'x-sig': mac('sha256', 'hex', body) })).toBe('ok');
    expect(judged(hmac({ header: 'X-Sig' }), {})).toBe('missing_signature');
  });

  test('takes prefix, encoding and hash', () => {
    const row = hmac({ header: 'X-Sig', prefix: 'v2:', encoding: 'base64url', hash: 'sha512' });
    expect(judged(row, { 'X-Sig': `v2:${mac('sha512', 'base64url', body)}` })).toBe('ok');
    expect(judged(row, { 'X-Sig': mac('sha512', 'base64url', body) })).toBe('malformed_signature');
  });

  test('signs a moment along and holds to its window', () => {
    const row = hmac({ header: 'X-Sig', timestamp: 'X-Time' });
    const headers = { 'X-Time': '1700000000', 'X-Sig': mac('sha256', 'hex', `1700000000.${body}`) };
    expect(judged(row, headers)).toBe('ok');
    expect(judged(row, headers, AT + 300_001)).toBe('timestamp_too_old');
    expect(judged(row, { ...headers, 'X-Time': '1700000001' })).toBe('bad_signature');
    const tuned = hmac({
      header: 'X-Sig',
      timestamp: { header: 'X-Time', unit: 'ms', separator: ':', windowSeconds: 5 },
    });
    const tight = { 'X-Time': String(AT), 'X-Sig': mac('sha256', 'hex', `${AT}:${body}`) };
    expect(judged(tuned, tight, AT + 5_000)).toBe('ok');
    expect(judged(tuned, tight, AT + 5_001)).toBe('timestamp_too_old');
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'must be an object'],
    ['no header', {}, 'header is missing'],
    ['a header that is no name', { header: 'a b' }, 'header must be the name of a header'],
    ['an option that is misspelt', { header: 'a', encodng: 'hex' }, 'encodng is not known'],
    ['an encoding that is not known', { header: 'a', encoding: 'utf8' }, 'encoding must be one of hex'],
    ['a prefix with a line break', { header: 'a', prefix: 'a\n' }, 'prefix must be printable ASCII'],
    ['a moment without a header', { header: 'a', timestamp: { unit: 's' } }, 'timestamp.header is missing'],
    ['a moment in minutes', { header: 'a', timestamp: { header: 'b', unit: 'm' } }, 'timestamp.unit must be'],
  ])('refuses %s', (_what, options, issue) => {
    expect(() => hmac(options as never)).toThrow(
      expect.objectContaining({ code: 'signatures/invalid-row', message: expect.stringContaining(issue) }),
    );
  });
});

describe('sharedSecret', () => {
  test('compares the header with the secret', () => {
    const row = sharedSecret({ header: 'X-Webhook-Secret' });
    const judged = (value: string) =>
      reasonOf(
        compileRow(row)(plainRequest({ headers: { 'x-webhook-secret': value } }), secretsOf('s3cret'), AT),
      );
    expect(judged('s3cret')).toBe('ok');
    expect(judged('s3cre')).toBe('bad_signature');
    expect(judged('')).toBe('missing_signature');
  });

  test('refuses what it does not know', () => {
    expect(() => sharedSecret({ headr: 'x' } as never)).toThrow(/header is missing/);
  });
});
