import path from 'node:path';
import { eventsAt } from '../support/event-stream';
import { root, startProcessHost, type ProcessHost } from '../support/process-host';

describe('the whiteboard example at its old prefix', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await startProcessHost({ plugins: [path.join(root, 'plugins-example')] });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
  });

  const old = () => `${host.base}/plugins/example.whiteboard`;
  const now = () => `${host.base}/api/plugin/example.whiteboard`;

  test('the page is the same in both places', async () => {
    const pages = await Promise.all(
      [`${old()}/`, old(), `${now()}/`].map(async (url) => (await fetch(url)).text()),
    );
    expect(pages[0]).toContain('<canvas');
    expect(new Set(pages).size).toBe(1);
  });

  test('both places share one board and one stream of events', async () => {
    const events = eventsAt(`${old()}/events`);
    expect((await events.next()).value.event).toBe('snapshot');
    expect((await events.next()).value.event).toBe('clients');
    const headers = { 'content-type': 'application/json' };
    const body = '{"color":"#16a34a","width":4,"points":[[0.5,0.5]]}';
    await fetch(`${now()}/strokes`, { method: 'POST', headers, body });
    expect((await events.next()).value).toEqual({ event: 'stroke', data: body });
    await events.return(undefined);
  });
});
