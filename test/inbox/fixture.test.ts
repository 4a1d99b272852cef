import type { ReceiptDetail } from '../../src/core/ports/inbox-desk';
import { toFixture, type RequestFixture } from '../../src/inbox/fixture';

const KEY = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';

function receipt(more: Partial<ReceiptDetail> = {}): ReceiptDetail {
  return {
    id: '1a-0123456789abcdef',
    plugin: 'acme.ci',
    name: 'POST /github',
    receivedAt: 0,
    method: 'POST',
    target: '/api/plugin/acme.ci/github',
    ip: '127.0.0.1',
    bodyBytes: 2,
    scheme: undefined,
    deliveryId: undefined,
    event: undefined,
    answerStatus: undefined,
    replayOf: undefined,
    jobs: [],
    headers: [['Content-Type', 'application/json']],
    details: {},
    body: { text: '{}' },
    bodyDigest: '',
    ...more,
  };
}
const fixtureOf = (more: Partial<ReceiptDetail>) =>
  JSON.parse(toFixture(receipt(more)).text) as RequestFixture;
const bodyOf = (text: string, type = 'application/json') =>
  fixtureOf({ headers: [['content-type', type]], body: { text } }).body;

describe('a stored request as a test fixture', () => {
  it('is named after its plugin and endpoint', () => {
    expect(toFixture(receipt()).filename).toBe('acme.ci-post-github-1a.json');
  });

  it('keeps what a request says, and leaves out what is of its connection', () => {
    const headers = [
      ['Host', 'example.org'],
      ['Content-Length', '2'],
      ['Content-Type', 'application/json'],
      ['X-GitHub-Event', 'push'],
      ['Accept', 'a'],
      ['Accept', 'b'],
    ] as const;
    expect(fixtureOf({ headers, body: { text: '{"ref": "refs/heads/main"}' } })).toEqual({
      method: 'POST',
      path: '/api/plugin/acme.ci/github',
      headers: { 'content-type': 'application/json', 'x-github-event': 'push', accept: 'a, b' },
      body: '{"ref": "refs/heads/main"}',
    });
  });

  it.each([
    ['Authorization', 'Bearer abc'],
    ['Cookie', 'session=1'],
    ['X-Hub-Signature-256', 'sha256=00'],
    ['Stripe-Signature', 't=1,v1=00'],
    ['X-Gitlab-Token', 'abc'],
    ['X-Api-Key', 'abc'],
    ['X-Other', KEY],
  ])('replaces the header %s', (name, value) => {
    expect(Object.values(fixtureOf({ headers: [[name, value]] }).headers)).toEqual(['redacted-1']);
  });

  it('replaces credentials in the query and in the path', () => {
    const { path } = fixtureOf({ target: `/hook/${KEY}?token=abc&team=blue&q=${KEY}` });
    expect(path).toBe('/hook/redacted-1?token=redacted-2&team=blue&q=redacted-1');
  });

  it('replaces members of a JSON body whose name or value looks secret, however deep', () => {
    const body = bodyOf(
      JSON.stringify({
        user: 'ada',
        api_token: 'abc',
        config: { clientSecret: { value: 'x', rounds: 3 }, note: `use ${KEY} for that` },
        list: [{ password: 'abc' }],
        commit: '0123456789abcdef0123456789abcdef01234567',
      }),
    );
    expect(JSON.parse(body)).toEqual({
      user: 'ada',
      api_token: 'redacted-1',
      config: { clientSecret: { value: 'redacted-2', rounds: 0 }, note: 'use redacted-3 for that' },
      list: [{ password: 'redacted-1' }],
      commit: '0123456789abcdef0123456789abcdef01234567',
    });
  });

  it('leaves a JSON body as it is, byte for byte, where nothing is to be taken out', () => {
    const text = '{ "id": 12345678901234567890,\n "name": "a" }';
    expect(bodyOf(text)).toBe(text);
  });

  it('replaces the fields of a form and keys in plain text', () => {
    const form = 'application/x-www-form-urlencoded; charset=utf-8';
    expect(bodyOf('user=ada&token=a%2Bb&note=hello+you', form)).toBe(
      'user=ada&token=redacted-1&note=hello+you',
    );
    expect(bodyOf(`key: ${KEY}`, 'text/plain')).toBe('key: redacted-1');
  });

  it('replaces what an address holds: its user, its query, the whole of one that is a key itself', () => {
    const body = bodyOf(
      JSON.stringify([
        'https://ada:pass@example.org/a',
        'https://example.org/a?access_token=abc&page=2',
        'https://hooks.slack.com/services/T0/B0/abcdef',
        'https://example.org/a?page=2',
      ]),
    );
    expect(JSON.parse(body)).toEqual([
      'https://example.org/a',
      'https://example.org/a?access_token=redacted-1&page=2',
      'https://hooks.slack.com/redacted-2',
      'https://example.org/a?page=2',
    ]);
  });

  it('leaves out a body that is no text, since nobody can tell what is in it', () => {
    expect(fixtureOf({ body: { base64: 'AAEC' } }).body).toBe('');
  });

  it('is the same for the same request', () => {
    const given = {
      headers: [['Authorization', 'Bearer x']] as const,
      body: { text: '{"secret":"Bearer x"}' },
    };
    expect(toFixture(receipt(given))).toEqual(toFixture(receipt(given)));
  });

  it('holds no member that a body invents for objects', () => {
    expect(bodyOf('{"__proto__": {"token": "a"}}')).toBe('{"__proto__":{"token":"redacted-1"}}');
  });

  it.each([
    ['Content', 'Basic YWRhOnBhc3M='],
    ['X-Auth', 'abc'],
    ['X-Auth-User', 'abc'],
    ['X-Shared-Pass', 'abc'],
    ['X-Client-State', 'abc'],
    ['Proxy-Bearer', 'abc'],
    ['x-other', 'bearer abc'],
  ])('replaces the header %s: %s', (name, value) => {
    expect(Object.values(fixtureOf({ headers: [[name, value]] }).headers)).toEqual(['redacted-1']);
  });

  it('replaces long hexadecimal segments of the path', () => {
    const { path } = fixtureOf({ target: '/hook/0123456789abcdef0123456789ABCDEF/0123456789abcdef' });
    expect(path).toBe('/hook/redacted-1/0123456789abcdef');
  });

  it('looks into JSON in fields of forms and in strings, and no deeper than some', () => {
    const payload = encodeURIComponent(JSON.stringify({ token: 'hunter2', id: 1 }));
    const form = bodyOf(`payload=${payload}&a=b`, 'Application/X-WWW-Form-URLEncoded');
    expect(JSON.parse(new URLSearchParams(form).get('payload') ?? '')).toEqual({
      token: 'redacted-1',
      id: 1,
    });
    let inner = '{"clientState":"hunter2"}';
    expect(bodyOf(JSON.stringify({ inner }))).toBe('{"inner":"{\\"clientState\\":\\"redacted-1\\"}"}');
    for (let times = 0; times < 8; times += 1) inner = JSON.stringify({ inner });
    expect(bodyOf(inner)).not.toContain('hunter2');
  });

  it('replaces the fields of a form in parts', () => {
    const body = [
      ...['--bOund', 'Content-Disposition: form-data; name="user"', '', 'ada'],
      ...['--bOund', 'content-disposition: form-data; name="password"', '', 'hunter2 and more'],
      ...[
        '--bOund',
        'Content-Disposition: form-data; name="payload"',
        '',
        '{"token":"hunter2"}',
        '--bOund--',
        '',
      ],
    ].join('\r\n');
    const shown = bodyOf(body, 'Multipart/Form-Data; boundary="bOund"');
    expect(shown).toContain('name="user"\r\n\r\nada\r\n--bOund\r\n');
    expect(shown).toContain('name="password"\r\n\r\nredacted-1\r\n--bOund\r\n');
    expect(shown).toContain('{"token":"redacted-2"}\r\n--bOund--');
  });

  it.each([
    ['<login user="ada"><password>hunter2 x</password></login>'],
    ['<a:login><a:password type="plain"><![CDATA[hunter2]]></a:password></a:login>'],
    ['<login password="hunter2 x" user="ada"/>'],
    ["password='hunter2 x'"],
    ['password: hunter2'],
    ['client_secret => hunter2'],
    ['db.password=hunter2'],
    ['the password hunter2'],
    ['Authorization: Bearer hunter2'],
    ['note: pass=hunter2'],
    ['{"a":1}\n{"token":"hunter2"}\n'],
    ['{"token":"a\\"hunter2","cut'],
    ['{"inner":"{\\"token\\":\\"hunter2\\"}","cut'],
    ['{"token":"hunter2","token":""}'],
  ])('replaces what secret names stand before in %s', (text) => {
    const shown = bodyOf(text, 'text/plain');
    expect(shown).not.toContain('hunter2');
    expect(shown).toContain(text.endsWith('""}') ? '{"token":""}' : 'redacted-1');
  });

  it('keeps who wrote something', () => {
    const text = '{"author":{"name":"Ada","authored_at":1},"note":"token refresh is fixed"}';
    expect(bodyOf(text)).toBe(text);
  });

  it('leaves out a body that is nested too deeply, and says so', () => {
    for (const depth of [65, 20_000]) {
      const { body, note } = fixtureOf({ body: { text: `${'['.repeat(depth)}${']'.repeat(depth)}` } });
      expect([body, note]).toEqual(['', expect.stringContaining('nested too deeply')]);
    }
    expect(bodyOf(`${'['.repeat(64)}${']'.repeat(64)}`)).not.toBe('');
  });

  it.each(['token ', '<token ', '"password":"', 'a\\"', '{"a":', 'token=token:', 'token \n'])(
    'takes its time in proportion to a body of %j',
    (piece) => {
      expect(fixtureOf({ body: { text: piece.repeat(100_000) } }).body).not.toBe('');
    },
  );

  it('takes its time in proportion to a hostile body', () => {
    const long = 'A1'.repeat(200_000);
    expect(bodyOf(`${long} ${'=&'.repeat(50_000)}`, 'text/plain')).toMatch(/^A1A1/);
  });
});
