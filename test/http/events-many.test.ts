import { once } from 'node:events';
import { sse } from '../../src/core/events-body';
import { eventsAt } from '../support/event-stream';
import { endpoint, startGateway } from './gateway-under-test';

test('many streams of one plugin are no leak that the process warns of', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  const host = await startGateway();
  host.seat(
    'acme.demo',
    endpoint('GET', '/', () =>
      sse(async function* ({ signal }) {
        yield 'first';
        await once(signal, 'abort');
      }),
    ),
  );
  const leaving = new AbortController();
  for (let turn = 0; turn < 12; turn += 1) {
    const events = eventsAt(`${host.base}/api/plugin/acme.demo`, leaving.signal);
    expect((await events.next()).value).toEqual({ event: 'message', data: 'first' });
  }
  await new Promise((resolve) => setImmediate(resolve));
  leaving.abort();
  await host.close();
  process.off('warning', note);
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
});
