import type { Exchange } from '../../src/core/exchange';
import { PullDesk } from '../../src/operator/pull-desk';
import { endpointOf, keyOf } from '../core/plain-mount';

test('the desk masks the live secrets of the plugin in what it hands out, and leaves the request as it is', async () => {
  const desk = new PullDesk({ secretsOf: () => ['correct-horse'] });
  const over = new AbortController();
  const raw = Buffer.from('{"note":"correct-horse"}');
  const exchange = {
    ...{ method: 'POST', url: '/a', headers: new Headers(), raw, signal: over.signal },
    verified: { scheme: 'graph', secretId: 's', at: 0, bodySigned: false },
  } as unknown as Exchange;
  const pulled = desk.follow({}, over.signal);
  const first = pulled.next();
  const answered = desk.offer(keyOf('acme.ci'), endpointOf('/a'), exchange, () => 'own');
  const { value } = await first;
  expect(Buffer.from(value?.body ?? '', 'base64').toString()).toBe('{"note":"[secret]"}');
  expect(raw.toString()).toBe('{"note":"correct-horse"}');
  await desk.answer(value?.id ?? '', undefined);
  expect(await answered).toBe('own');
  over.abort();
  await pulled.next();
});
