import { describeAccess } from '../../src/core/access';
import { Secret } from '../../src/core/secret';
import { AccessBook } from '../../src/openapi/access-book';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { StoredTokens } from '../../src/operator/tokens';
import { endpoint, startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { GuardYard } from '../signatures/guards/guard-yard';
import { keptLogger } from '../state/secrets-under-test';

const access = { scope: 'app:shop' } as const;
let yard: GuardYard;
let tokens: StoredTokens;
let host: GatewayUnderTest;
beforeAll(async () => {
  yard = await GuardYard.open();
  const { under } = yard;
  const clock = { now: () => under.time };
  tokens = new StoredTokens({ shared: under.database.shared, clock, logger: keptLogger().logger });
  host = await startGateway({
    guards: yard.guards(),
    operatorAuth: createOperatorAuth(new Secret('the-operator'), tokens),
    clock,
  });
  const handle = ({ verified }: { verified?: unknown }) => verified;
  host.seat(
    'acme.shop',
    endpoint('GET', '/till', handle, { access }),
    endpoint('GET', '/both', handle, { access: [access, { allowFrom: ['10.0.0.0/8'] }] }),
  );
});
afterAll(async () => {
  await host.close();
  tokens.close();
  await yard.close();
});

const ask = (token?: string, at = 'till') =>
  host.call(`/api/plugin/acme.shop/${at}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
const made = async (name: string, ...scopes: string[]) =>
  (await tokens.create({ name, scopes, user: 'u1', roles: ['seller'] })).value.reveal();

test('who holds the scope of an endpoint may ask, and its handler knows who it is', async () => {
  expect(await ask(await made('till-1', 'app:shop'))).toMatchObject({
    status: 200,
    body: {
      ...{ scheme: 'token', secretId: 'till-1', bodySigned: false },
      caller: { id: 'u1', name: 'till-1', roles: ['seller'] },
    },
  });
  expect((await ask('the-operator')).body.caller).toEqual({ id: 'operator', name: 'operator', roles: [] });
  expect((await ask(await made('chief', 'admin'))).status).toBe(200);
});

test('anybody else gets the one 401, whatever is wrong', async () => {
  const other = await made('other', 'app:shop2', 'tools', 'read');
  const answers = await Promise.all([ask(), ask('nonsense'), ask(other)]);
  const [first] = answers;
  for (const { status, headers, body } of answers) {
    expect([status, headers.get('www-authenticate'), body.code]).toEqual([
      401,
      'Bearer',
      'request/unverified',
    ]);
    expect({ ...body, requestId: '' }).toEqual({ ...first?.body, requestId: '' });
  }
});

test('beside other modes all must hold', async () => {
  expect((await ask('the-operator', 'both')).status).toBe(401);
});

test('it is described as what it is', () => {
  expect(describeAccess([access, { allowFrom: ['10.0.0.0/8'] }])).toBe(
    'scope app:shop and addresses 10.0.0.0/8',
  );
  const book = new AccessBook(() => undefined);
  expect(book.tell(access).security).toEqual([{ scope_app_shop: [] }]);
  expect(book.finish()).toMatchObject({
    scope_app_shop: { type: 'http', scheme: 'bearer', description: expect.stringContaining('app:shop') },
  });
});
