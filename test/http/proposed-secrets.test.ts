import { CI } from '../state/secrets-under-test';
import { GuardYard } from '../signatures/guards/guard-yard';
import { durable, startDurableHost } from './durable-host';
import { json } from './gateway-under-test';

test('a secret that a sender chooses is kept with the address and the id of the request that brought it', async () => {
  const yard = await GuardYard.open();
  const host = await startDurableHost({ guards: yard.guards() });
  try {
    host.seat(
      CI,
      durable('accept', '/asana', () => 1, { access: { signature: 'asana', secret: 'ASANA' } }),
    );
    const hello = json('', { 'x-hook-secret': 'correct-horse' });
    const { status, headers } = await host.call(`/api/plugin/${CI}/asana`, hello);
    expect(status).toBe(200);
    expect(yard.under.secrets.proposals()).toMatchObject([
      { name: 'ASANA', from: { ip: '127.0.0.1', requestId: headers.get('x-request-id') } },
    ]);
  } finally {
    await host.close();
    await yard.close();
  }
});
