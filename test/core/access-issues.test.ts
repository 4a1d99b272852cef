import fc from 'fast-check';
import { describeAccess, isOpen, type EndpointAccess } from '../../src/core/access';
import { accessIssues } from '../../src/core/access-issues';

const secret = 'TOKEN';
const key = { algorithm: 'ed25519', secret } as const;

test.each<EndpointAccess>([
  'public',
  'operator',
  { signature: 'github', secret },
  { signature: 'sns', expect: { topicArn: 'a' }, dedupe: false, handshake: false },
  { token: { header: 'X-Token' }, secret: ['NEW', 'OLD'] },
  { token: { query: 'key' }, secret },
  { signedUrl: true },
  { basic: {}, secret },
  { basic: { realm: 'a "b"' }, secret },
  { messageSignature: { keys: { k1: key } } },
  {
    messageSignature: { keys: { k1: key }, components: ['@method', 'content-digest'], tag: 'a', window: 60 },
  },
  { allowFrom: ['10.0.0.0/8', '2001:db8::/32', '::1'] },
  ['operator', { allowFrom: ['10.0.0.0/8'] }],
  { scope: 'tools' },
  [{ scope: 'app:my-app' }, { allowFrom: ['10.0.0.0/8'] }],
  [{ signedUrl: true }, { signature: 'github', secret }],
])('%j is an access', (access) => {
  expect(accessIssues(access)).toEqual([]);
});

const NAMED = 'must name a secret: a letter, then letters, digits, "_", "-" and ".", not ending in _FILE';

test.each<[unknown, readonly string[]]>([
  ['pubic', ['access "pubic" is not known (did you mean "public"?)']],
  ['github', [expect.stringMatching(/^access "github" is not known/)]],
  [undefined, [expect.stringMatching(/^access must be one of public, operator, signature, /)]],
  [7, [expect.stringMatching(/^access must be one of /)]],
  [[], ['access is an empty list; write "public", or who may ask']],
  [[['public']], [expect.stringMatching(/^access\[0\] must be one of /)]],
  [{ scope: 'tols' }, ['access.scope "tols" is no scope (did you mean "tools"?)']],
  [{ scope: 7 }, [expect.stringMatching(/^access.scope must be one of read, /)]],
  [{}, [expect.stringMatching(/^access names no mode \(known: signature, token, /)]],
  [{ signture: 'github', secret }, [expect.stringMatching(/\(did you mean "signature"\?\)$/)]],
  [
    { signature: 'github', signedUrl: true, secret },
    ['access has signature and signedUrl; write a list where all of them must hold, else leave one out'],
  ],
  [
    { signature: '', secret },
    ['access.signature must be the name of a sender, or a row like hmac({ header })'],
  ],
  [{ signature: 'github', secert: 'A' }, ['access.secert is not known (did you mean "secret"?)']],
  [{ signature: 'github', secret: [] }, ['access.secret must be a list with something in it']],
  [{ signature: 'github', secret: ['A', 'b c'] }, [`access.secret[1] ${NAMED}`]],
  [{ signature: 'github', secret: 'A_FILE' }, [`access.secret ${NAMED}`]],
  [{ signature: 'github', secret, expect: { a: '' } }, ['access.expect.a must be a text']],
  [
    { signature: 'github', secret, dedupe: true, handshake: 'no' },
    ['access.dedupe can only be false', 'access.handshake must be true or false'],
  ],
  [{ token: { header: 'X-Token' } }, ['access.secret is missing']],
  [{ token: {}, secret }, ['access.token must be { header } or { query }, one of them']],
  [
    { token: { header: 'a', query: 'b' }, secret },
    ['access.token must be { header } or { query }, one of them'],
  ],
  [{ token: { header: 'X Token' }, secret }, ['access.token.header must be the name of a header']],
  [{ token: { query: 'a=b' }, secret }, ['access.token.query must be the name of a query parameter']],
  [{ token: { heeder: 'a' }, secret }, ['access.token.heeder is not known (did you mean "header"?)']],
  [{ signedUrl: false }, ['access.signedUrl must be true']],
  [
    { basic: { realm: 'a\r\nb' }, secret },
    ['access.basic.realm must be printable ASCII, at most 128 characters'],
  ],
  [{ messageSignature: { keys: {} } }, ['access.messageSignature.keys must hold a key by its keyid']],
  [
    { messageSignature: { keys: { k: { algorithm: 'rsa', secret: '1' } } } },
    [
      expect.stringMatching(/^access\.messageSignature\.keys\.k\.algorithm must be one of hmac-sha256, /),
      `access.messageSignature.keys.k.secret ${NAMED}`,
    ],
  ],
  [
    { messageSignature: { keys: { k: key }, components: ['Date', '@nonsense'], tag: '', window: 0 } },
    [
      expect.stringMatching(/components\[0\] must be a header in lower case/),
      expect.stringMatching(/components\[1\] must be /),
      'access.messageSignature.tag must be a text',
      'access.messageSignature.window must be seconds, at most a day',
    ],
  ],
  [{ allowFrom: [] }, ['access.allowFrom must be a list with something in it']],
  [{ allowFrom: '10.0.0.0/8' }, ['access.allowFrom must be a list with something in it']],
  [
    { allowFrom: ['10.0.0.0/8', '10.0.0.0/33', 'localhost'] },
    [
      expect.stringMatching(/^access\.allowFrom\[1\] must be/),
      expect.stringMatching(/^access\.allowFrom\[2\] must be/),
    ],
  ],
  [
    ['public', { signedUrl: true }],
    ['access has "public" beside other modes, which would say nothing; leave it out'],
  ],
  [
    [{ signedUrl: true }, { token: { query: 'token' }, secret }],
    ['access reads ?token= as a signed URL and as a token; name another parameter'],
  ],
  [
    ['opreator', { signature: 'x', secret: '' }],
    ['access[0] "opreator" is not known (did you mean "operator"?)', `access[1].secret ${NAMED}`],
  ],
])('%j is none, and each reason is told', (access, issues) => {
  expect(accessIssues(access)).toEqual(issues);
});

test('whatever is given, its issues can be told', () => {
  const mode = fc.constantFrom(
    'signature',
    'token',
    'basic',
    'messageSignature',
    'allowFrom',
    'secret',
    'expect',
    'signedUrl',
  );
  const access = fc.oneof(
    fc.anything(),
    fc.dictionary(mode, fc.anything()),
    fc.array(fc.dictionary(mode, fc.anything())),
  );
  fc.assert(fc.property(access, (given) => expect(Array.isArray(accessIssues(given))).toBe(true)));
});

test('an empty list is nobody’s, not everybody’s', () => {
  expect([isOpen([]), describeAccess([])]).toEqual([false, 'nobody']);
  expect([isOpen('public'), describeAccess(['public'])]).toEqual([true, 'public']);
});
