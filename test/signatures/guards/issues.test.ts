import type { EndpointAccess } from '../../../src/core/access';
import { hmac } from '../../../src/signatures/parametric-rows';
import { signatureRows } from '../../../src/signatures/signature-rows';
import { endpointOf } from '../../core/plain-mount';
import { GuardYard } from './guard-yard';

let yard: GuardYard;
beforeAll(async () => {
  yard = await GuardYard.open();
});
afterAll(() => yard.close());
const issues = (access: unknown) =>
  yard.guards().issues(endpointOf('/hook', { access: access as EndpointAccess }));

test('every sender of the table makes a guard from no more than a name, a secret and what it expects', () => {
  for (const { id } of signatureRows) {
    const access = { signature: id, secret: 'A' };
    const missing = issues(access).flatMap((issue) => / needs expect\.(\w+)/.exec(issue)?.[1] ?? []);
    const needed = Object.fromEntries(missing.map((name) => [name, 'x']));
    expect([id, issues({ ...access, expect: needed })]).toEqual([id, []]);
    expect(yard.guard({ ...access, expect: needed }).scheme).toBe(id);
  }
});

test.each<[unknown, readonly (string | RegExp)[]]>([
  ['public', []],
  [{ signature: hmac({ header: 'x' }), secret: 'A' }, []],
  [{ signature: 'sns', expect: { topicArn: 'a' } }, []],
  [{ signature: 'meta', secret: 'A', expect: { verifyToken: 'v' } }, []],
  [{ signature: 'wecom', secret: 'A', expect: { receiver: 'corp' } }, []],
  [
    { signature: 'githb', secret: 'A' },
    [/^access\.signature: No sender called "githb" is known \(did you mean "github"\?\)/],
  ],
  [{ signature: 'github' }, ['access.secret is missing: GitHub cannot be verified without one']],
  [{ signature: 'twilio' }, ['access.secret is missing: Twilio cannot be verified without one']],
  [
    { signature: hmac({ header: 'x' }) },
    ['access.secret is missing: HMAC in x cannot be verified without one'],
  ],
  [{ signature: 'sns' }, [/^access\.expect: sns needs expect\.topicArn: /]],
  [
    { signature: 'sns', expect: { topicArn: 'a', topic: 'b' } },
    [/^access\.expect: sns knows no expect\.topic; /],
  ],
  [
    { signature: 'meta', secret: 'A', expect: { verifyTokn: 'v' } },
    [/^access\.expect\.verifyTokn is not known; .* has: verifyToken$/],
  ],
  [
    { signature: 'github', secret: 'A', expect: { a: 'v' } },
    ['access.expect.a is not known; GitHub has: none'],
  ],
  [
    { signature: { ...hmac({ header: 'x' }), hash: 'md5' }, secret: 'A' },
    [/^access\.signature: hash must be one of /],
  ],
  [
    { signature: { ...hmac({ header: 'x' }), handshake: 'slak' }, secret: 'A' },
    ['access.signature.handshake "slak" is not known (did you mean "slack"?)'],
  ],
  [
    { signature: { ...hmac({ header: 'x' }), kind: 'special' }, secret: 'A' },
    [/^access\.signature: kind "special" is not for rows of one’s own/],
  ],
  [
    { signature: {}, secret: 'A' },
    [/^access\.signature: id is missing$/, /./, /./, /./, /./, /./, /./, /event is missing$/],
  ],
  [
    [
      { signature: 'githb', secret: 'A' },
      { signature: 'strpe', secret: 'A' },
    ],
    [/github/, /stripe/],
  ],
  [{ allowFrom: ['10.0.0.0/33'] }, [/^access\.allowFrom\[0\] must be an address or a network/]],
])('%j: each issue is told', (access, expected) => {
  const found = issues(access);
  expect(found).toHaveLength(expected.length);
  expected.forEach((each, index) =>
    typeof each === 'string' ? expect(found[index]).toBe(each) : expect(found[index]).toMatch(each),
  );
});

test('a row whose members throw is told as one, and lets nobody in', () => {
  const row = Object.defineProperty({ ...hmac({ header: 'x' }) }, 'kind', {
    enumerable: true,
    get: () => {
      throw new Error('broken');
    },
  });
  const access = { signature: row, secret: 'A' };
  expect(issues(access)).toEqual(['access cannot be read: broken']);
  expect(yard.guard(access).scheme).toBe('closed');
});
