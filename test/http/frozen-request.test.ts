import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { FrozenRequest } from '../../src/http/frozen-request';
import type { GateRequest } from '../../src/http/messages';
import { compileRow } from '../../src/signatures/compile-row';
import { plainRequest } from '../../src/signatures/plain-request';
import { signatureRow } from '../../src/signatures/signature-rows';

interface Came {
  readonly types: readonly string[];
  readonly target: string;
  readonly wire: Buffer;
  readonly decoded: Buffer | undefined;
  readonly jsonBytes: number;
}

/** The same bytes as the gate has them, and as they are looked at again. */
function both({ types, target, wire, decoded, jsonBytes }: Came) {
  const signature = createHmac('sha256', 'key').update('').digest('hex');
  const rawHeaders = [...types.flatMap((type) => ['Content-Type', type]), 'X-Gitea-Signature', signature];
  const undone = () => {
    if (decoded === undefined) throw new Error('not to be undone');
    return decoded;
  };
  const headers = { 'content-type': types[0] };
  const request = { method: 'POST', originalUrl: target, rawHeaders, headers } as unknown as GateRequest;
  return [
    new FrozenRequest({ request, publicBase: undefined, jsonBytes, wire, decoded: undone }),
    plainRequest({ target, headers: rawHeaders, body: wire, decoded: undone, jsonBytes }),
  ] as const;
}

const body = fc
  .tuple(
    fc.constantFrom('', '\ufeff', '\ufeff\ufeff', ' '),
    fc.oneof(
      fc.json(),
      fc.webQueryParameters(),
      fc.string(),
      fc.constantFrom('a&'.repeat(10_001), 'a=%zz&a=%ff&a=1', 'payload=', 'payload=1&payload=2'),
    ),
  )
  .map((parts) => Buffer.from(parts.join('')));
const types = fc.uniqueArray(
  fc.constantFrom(
    'application/json',
    'application/json; charset=utf-8',
    'application/x-www-form-urlencoded',
    ' Application/X-WWW-Form-Urlencoded ;charset=utf-8',
    'application/x-www-form-urlencoded2',
    'multipart/form-data; boundary=x',
    'text/plain',
    '',
  ),
  { maxLength: 2 },
);
const came = fc.record({
  types,
  target: fc.webQueryParameters().map((query) => `/hook?${query}`),
  wire: body,
  decoded: fc.option(body, { nil: undefined }),
  jsonBytes: fc.constantFrom(0, 5, 1_000_000),
});

test('the gate and what looks at a request again read the same of the same bytes', () => {
  const judge = compileRow(signatureRow('gitea'));
  const secrets = [{ id: '1', value: 'key' }];
  fc.assert(
    fc.property(came, (given) => {
      const [frozen, plain] = both(given);
      expect(plain.json()).toEqual(frozen.json());
      expect(plain.form()).toEqual(frozen.form());
      expect(plain.query).toEqual(frozen.query);
      expect(judge(plain, secrets, 0)).toEqual(judge(frozen, secrets, 0));
    }),
    { numRuns: 1_000 },
  );
});

describe.each([
  ['the gate', 0],
  ['what looks again', 1],
] as const)('%s', (_who, which) => {
  const read = (text: string | undefined, type: string, jsonBytes = 100) => {
    const bytes = text === undefined ? undefined : Buffer.from(text);
    const wire = bytes ?? Buffer.from('{"a":1}');
    return both({ types: [type], target: '/?a=1&a=2&b=%zz', wire, decoded: bytes, jsonBytes })[which];
  };

  test('reads JSON after a byte order mark, and none that is too large or cannot be undone', () => {
    expect(read('\ufeff{"a":1}', 'text/plain').json()).toEqual({ a: 1 });
    expect(read('\ufeff\ufeff{"a":1}', 'text/plain').json()).toBeUndefined();
    expect(read('{"a":1}', 'application/json', 7).json()).toEqual({ a: 1 });
    expect(read('{"a":1}', 'application/json', 6).json()).toBeUndefined();
    expect(read(undefined, 'application/json').json()).toBeUndefined();
  });

  test('reads fields of an urlencoded body alone, and none beyond 10,000', () => {
    const form = 'application/x-www-form-urlencoded';
    expect(read('a=1&b=x+y&a=2', form).form()).toEqual({ a: ['1', '2'], b: 'x y' });
    expect(read('a=1', 'text/plain').form()).toEqual({});
    expect(read('a=1', `${form}2`).form()).toEqual({});
    expect(read('a&'.repeat(9_999), form).form()['a']).toHaveLength(9_999);
    expect(read('a&'.repeat(200_000), form).form()).toEqual({});
    expect(read('a=1', form).query).toEqual({ a: ['1', '2'], b: '%zz' });
  });
});
