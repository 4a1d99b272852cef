import type { Exchange } from '../../src/core/exchange';
import { sendOperations } from '../../src/operator/operations/send-operations';
import type { Asker } from '../../src/operator/send-desk';
import { CI } from '../state/secrets-under-test';
import { startSendHost, type SendHost } from './send-host';

let host: SendHost;
let asked = 0;
beforeAll(async () => {
  host = await startSendHost();
  await host.under.secrets.set(CI, 'OWN', 'correct-horse-battery-staple');
  await host.under.secrets.set(CI, 'OTHER', 'another-secret-of-the-plugin');
  const access = {
    '/own': { signature: 'github', secret: 'OWN' },
    '/operator': 'operator',
    '/scope': { scope: 'plugins' },
    '/both': [{ signature: 'github', secret: 'OWN' }, { scope: 'app:shop' }],
  } as const;
  host.serve(access, (_exchange: Exchange) => (asked += 1));
});
afterAll(() => host.close());
beforeEach(() => {
  asked = 0;
});

const operation = sendOperations.find(({ id }) => id === 'send.deliver');
/** As the face of it asks, for one who holds these. */
const send = (to: string, scopes: readonly string[], secretName?: string) =>
  operation?.run?.({
    ...{ operator: host.operator, params: {}, query: {}, signal: new AbortController().signal },
    body: { sender: 'github', to: `acme.ci${to}`, secretName },
    caller: { name: 'a-token', scopes },
  });

describe('a token that may replay', () => {
  test('sends to what is signed, with the secrets that are verified with there', async () => {
    for (const secretName of [undefined, 'OWN'])
      expect(await send('/own', ['replay'], secretName)).toMatchObject({ answer: { status: 200 } });
    expect(asked).toBe(2);
  });

  test.each<[string, string[], string | undefined, string]>([
    ['/own', ['replay'], 'OTHER', 'secrets'],
    ['/own', ['replay', 'plugins'], 'NOT_SET', 'secrets'],
    ['/operator', ['replay'], undefined, 'admin'],
    ['/operator', ['replay', 'secrets', 'plugins'], undefined, 'admin'],
    ['/scope', ['replay'], undefined, 'plugins'],
    ['/both', ['replay', 'app:other'], undefined, 'app:shop'],
  ])(
    'to %s, holding %j, with secret %s, is refused for want of %s',
    async (to, scopes, secretName, wanted) => {
      await expect(send(to, scopes, secretName)).rejects.toMatchObject({
        code: 'operator/scope',
        message: expect.stringContaining(`"${wanted}"`),
      });
      expect(asked).toBe(0);
    },
  );

  test.each<[string, string[], string | undefined]>([
    ['/own', ['replay', 'secrets'], 'OTHER'],
    ['/operator', ['admin'], undefined],
    ['/scope', ['replay', 'plugins'], undefined],
    ['/both', ['replay', 'app:shop'], undefined],
  ])('to %s, holding %j, with secret %s, is let', async (to, scopes, secretName) => {
    await expect(send(to, scopes, secretName)).resolves.toBeDefined();
  });

  test('whoever is not named holds nothing', async () => {
    const nobody: Asker | undefined = undefined;
    const failed = host.operator.sending.send({ sender: 'github', to: 'acme.ci/operator' }, nobody);
    await expect(failed).rejects.toMatchObject({ code: 'operator/scope' });
  });
});
