import { gzipSync } from 'node:zlib';
import type { Endpoint } from '../../src/core/declaration';
import type { Exchange } from '../../src/core/exchange';
import type { SharedAddress } from '../../src/core/ports/shared-address';
import { reply } from '../../src/core/reply';
import { durable, startDurableHost, type DurableHost } from './durable-host';
import { endpoint, eventually, json, oldAddresses, OPERATOR } from './gateway-under-test';
import { GITHUB, githubHeaders, guardsOn, quarantine, SECRET } from './guards-under-test';

const shared: SharedAddress = {
  choose: (_path, keys) => keys,
  gather: (outcomes) => reply(200, outcomes),
};
let host: DurableHost;
let refused: ReturnType<typeof quarantine>;
let seen: string[];
beforeEach(async () => {
  seen = [];
  refused = quarantine();
  const guards = guardsOn({ KEY: SECRET, OTHER: 'another secret' });
  host = await startDurableHost({ guards, quarantine: refused, shared });
});
afterEach(() => host.close());

const OTHER = { access: { signature: 'github', secret: 'OTHER' } } as const;
const seat = (key: string, make: typeof endpoint, more: Partial<Endpoint>, answer?: Endpoint['answer']) => {
  const handle = (exchange: Exchange) => {
    seen.push(`${key} ${exchange.text()} ${exchange.verified?.secretId ?? 'nobody'}`);
    return { ran: key };
  };
  const rest = { aliases: oldAddresses(key, '/gh'), isWebhook: true, ...more };
  host.seat(
    key,
    answer === undefined ? make('POST', '/gh', handle, rest) : durable(answer, '/gh', handle, rest),
  );
};
const send = (headers: Record<string, string>, body: string | Buffer = '{}') =>
  host.call('/api/webhook/gh', { ...json('{}', headers), body });
const outcomes = (body: { plugin: string; status: number }[]) =>
  Object.fromEntries(body.map(({ plugin, status }) => [plugin, status]));

describe('at an address that several plugins share', () => {
  test('each judges by its own guard; one that refuses never runs, and the others do', async () => {
    seat('acme.mine', endpoint, GITHUB);
    seat('acme.other', endpoint, OTHER);
    seat('acme.open', endpoint, {});
    seat('acme.closed', endpoint, { access: 'operator' });
    const { body } = await send(githubHeaders('{}'));
    expect(outcomes(body)).toEqual({
      ...{ 'acme.mine': 200, 'acme.open': 200, 'acme.other': 401, 'acme.closed': 401 },
    });
    expect(seen.sort()).toEqual(['acme.mine {} KEY-0', 'acme.open {} nobody']);
    expect(refused.kept.map(({ plugin, reason }) => `${plugin} ${reason}`).sort()).toEqual([
      'acme.closed missing_credential',
      'acme.other bad_signature',
    ]);
  });

  test('what another’s receipt keeps of the operator’s token does not reach a handler of the operator’s', async () => {
    const held: string[] = [];
    const look = (key: string, more: Partial<Endpoint>) => {
      const handle = ({ headers }: Exchange) => void held.push(`${key} ${headers.has('authorization')}`);
      const rest = { aliases: oldAddresses(key, '/gh'), isWebhook: true, ...more };
      host.seat(key, durable('accept', '/gh', handle, rest));
    };
    look('acme.first', {});
    look('acme.later', { access: 'operator' });
    await send({ authorization: OPERATOR });
    await eventually(() => held.length === 2);
    expect(held.sort()).toEqual(['acme.first true', 'acme.later false']);
  });

  test('those that store are judged before anything is stored', async () => {
    seat('acme.mine', endpoint, GITHUB, 'accept');
    seat('acme.other', endpoint, OTHER, 'accept');
    expect(outcomes((await send(githubHeaders('{}'))).body)).toEqual({ 'acme.mine': 202, 'acme.other': 401 });
    await eventually(() => seen.length === 1);
    expect(seen).toEqual(['acme.mine {} KEY-0']);
    expect(await host.store.reader.selectFrom('receipt').selectAll().execute()).toHaveLength(1);
    const again = await send(githubHeaders('{}'));
    expect(again.body.find(({ plugin }: { plugin: string }) => plugin === 'acme.mine').status).toBe(202);
    expect(await host.store.reader.selectFrom('receipt').selectAll().execute()).toHaveLength(1);
  });

  test('the bytes are judged as they came and handed out decoded', async () => {
    seat('acme.mine', endpoint, GITHUB);
    seat('acme.open', endpoint, {});
    const wire = gzipSync('{"n":1}');
    const encoded = { 'content-encoding': 'gzip' };
    expect(outcomes((await send({ ...encoded, ...githubHeaders(wire) }, wire)).body)).toEqual({
      ...{ 'acme.mine': 200, 'acme.open': 200 },
    });
    expect(seen.sort()).toEqual(['acme.mine {"n":1} KEY-0', 'acme.open {"n":1} nobody']);
  });

  test('a handshake of one is its outcome, and nothing runs for it', async () => {
    seat('acme.mine', endpoint, { access: { signature: 'graph', secret: 'KEY' } });
    const answer = await host.call('/api/webhook/gh?validationToken=opaque', { method: 'POST' });
    expect(answer.body).toEqual([{ plugin: 'acme.mine', status: 200, body: 'opaque' }]);
    expect(seen).toEqual([]);
  });

  test('leases end when all have refused', async () => {
    seat('acme.mine', endpoint, OTHER);
    await send(githubHeaders('{}'));
    const live = host.table.get('acme.mine')?.live;
    await eventually(() => live?.leases === 0);
    expect(seen).toEqual([]);
  });
});
