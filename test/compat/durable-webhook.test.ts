import type { WebhookHandler, WebhookMethodOptions } from '../../src/compat';
import { buildMount } from '../../src/core/mount';
import { eventually, json } from '../http/gateway-under-test';
import { startDurableHost, type DurableHost } from '../http/durable-host';
import { PlainPlugin, plainServices } from './plain-plugin';

let host: DurableHost;
beforeEach(async () => {
  host = await startDurableHost();
});
afterEach(() => host.close());

function mount(options: Omit<WebhookMethodOptions, 'endpoint'>, handler: WebhookHandler): void {
  const plugin = new PlainPlugin();
  plugin.bound = plainServices();
  plugin.mountWebhookMethod({ endpoint: '/gh', ...options }, handler);
  host.seat('dev.demo', ...plugin.declarations);
}
const OLD = '/api/plugin/dev.demo/webhook/gh';
const succeeded = ({ state }: { state: string }) => state === 'succeeded';

describe('a webhook method', () => {
  test('that accepts is stored at its old address, and its handler runs on the stored request', async () => {
    const seen: unknown[] = [];
    mount({ answer: 'accept', dedupe: { header: 'X-GitHub-Delivery' } }, async (request, data) => {
      seen.push([request.method, request.path, request.headers.get('x-github-event'), data]);
      seen.push([await request.json(), request.rawBody.toString(), request.ip]);
    });
    const headers = { 'x-github-event': 'push', 'x-github-delivery': 'one' };
    const answer = await host.call(OLD, json('{"ref": "main"}', headers));
    expect(answer.status).toBe(202);
    await host.receipt(answer, succeeded);
    const data = { ref: 'main' };
    expect(seen).toEqual([
      ['POST', '/gh', 'push', data],
      [data, '{"ref": "main"}', '127.0.0.1'],
    ]);
    const own = await host.call('/api/plugin/dev.demo/gh', json('{"ref": "main"}', headers));
    expect([own.status, own.headers.get('gatehouse-duplicate')]).toEqual([202, 'true']);
    expect(seen).toHaveLength(2);
  });

  test('that acknowledges in time answers as its handler does', async () => {
    mount({ answer: { ackWithinMs: 60_000 } }, () => [{ status: 'created' }, 201]);
    const answer = await host.call(OLD, json({}));
    expect([answer.status, answer.body]).toEqual([201, { status: 'created' }]);
  });

  test('without a durable answer is answered as ever, and recorded', async () => {
    mount({}, () => ({ ok: true }));
    expect((await host.call(OLD, json({}))).body).toEqual({ ok: true });
    const rows = () => host.store.reader.selectFrom('receipt').select(['answer_status']).execute();
    let found = await rows();
    await eventually(() => (void rows().then((now) => (found = now)), found.length === 1));
    expect(found).toEqual([{ answer_status: 200 }]);
  });

  test('with durable options that contradict one another is refused', () => {
    const plugin = new PlainPlugin();
    plugin.bound = plainServices();
    expect(() => plugin.mountWebhookMethod({ endpoint: '/x', answer: 'later' as never }, () => 1)).toThrow(
      'answer must be one of handler, accept, or { ackWithinMs }',
    );
    plugin.mountWebhookMethod({ endpoint: '/x', lane: () => 'a' }, () => 1);
    expect(() => buildMount(plugin.key, plainServices().info, plugin.declarations)).toThrow(
      'lane is about stored requests',
    );
  });
});
