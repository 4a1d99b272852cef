import { senderHeaders } from '../../src/core/sender-headers';
import type { SignatureRow } from '../../src/core/signature-row';
import { signatureRows } from '../../src/signatures/signature-rows';

const rowOf = (id: string) => signatureRows.find((row) => row.id === id);
const own = { ...rowOf('github'), id: 'own', signature: { from: { header: 'X-Own' } } } as SignatureRow;
const inBody = { ...own, signature: { from: { json: 'sign' } } } as SignatureRow;

test.each([
  ['public' as const, []],
  ['operator' as const, ['Authorization']],
  [{ signature: 'github', secret: 'KEY' }, ['X-Hub-Signature-256']],
  [{ signature: 'nobody-knows', secret: 'KEY' }, []],
  [{ signature: own, secret: 'KEY' }, ['X-Own']],
  [{ signature: inBody, secret: 'KEY' }, []],
  [{ token: { header: 'X-Token' }, secret: 'KEY' }, ['X-Token']],
  [{ token: { query: 'key' }, secret: 'KEY' }, []],
  [{ signedUrl: true as const }, []],
  [{ basic: {}, secret: 'KEY' }, ['Authorization']],
  [{ messageSignature: { keys: {} } }, ['Signature', 'Signature-Input']],
  [{ scope: 'read' }, ['Authorization']],
  [[{ scope: 'read' }, 'operator' as const, { allowFrom: ['10.0.0.0/8'] }], ['Authorization']],
])('%j is passed by %j', (access, headers) => {
  expect(senderHeaders(access, rowOf)).toEqual(headers);
});
