import { copyExamples, type ExampleCopy } from '../support/example-copy';
import { eventsAt, type ServerSentEvent } from '../support/event-stream';
import { startProcessHost, type ProcessHost } from '../support/process-host';

const key = 'example.whiteboard';
const stroke = { color: '#2563eb', width: 4, points: [[0.1, 0.2]] };

describe('the whiteboard example', () => {
  let host: ProcessHost;
  let copy: ExampleCopy;
  beforeAll(async () => {
    copy = copyExamples('whiteboard');
    host = await startProcessHost({ plugins: [copy.folder] });
  });
  afterAll(async () => {
    expect(await host.stop()).toBe(0);
    copy.remove();
  });

  const at = (path: string) => `${host.base}/api/plugin/${key}${path}`;
  const post = (path: string, body: unknown) =>
    fetch(at(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  /** The next event that is not a count of clients. */
  const next = async (events: AsyncGenerator<ServerSentEvent>): Promise<ServerSentEvent | undefined> => {
    for (;;) {
      const { value, done } = await events.next();
      if (done === true) return undefined;
      if (value.event !== 'clients') return value;
    }
  };

  test('everyone who watches sees a snapshot first, then each change', async () => {
    await post('/clear', {});
    const first = eventsAt(at('/events'));
    expect(await next(first)).toEqual({ event: 'snapshot', data: JSON.stringify({ strokes: [] }) });
    expect((await post('/strokes', stroke)).status).toBe(201);
    expect(await next(first)).toEqual({ event: 'stroke', data: JSON.stringify(stroke) });
    const second = eventsAt(at('/events'));
    expect(await next(second)).toEqual({ event: 'snapshot', data: JSON.stringify({ strokes: [stroke] }) });
    expect(await (await fetch(at('/status'))).json()).toEqual({ strokes: 1, clients: 2 });
    await post('/clear', {});
    expect([await next(first), await next(second)]).toEqual([
      { event: 'clear', data: '{}' },
      { event: 'clear', data: '{}' },
    ]);
    await Promise.all([first.return(undefined), second.return(undefined)]);
  });

  test('a quiet stream carries heartbeats', async () => {
    const events = eventsAt(at('/events'));
    await next(events);
    expect(await next(events)).toEqual({ event: ':', data: 'heartbeat' });
    await events.return(undefined);
  });

  test.each([
    ['a colour that is none', { ...stroke, color: 'red;}' }],
    ['a width out of bounds', { ...stroke, width: 1e9 }],
    ['a point off the board', { ...stroke, points: [[0, 2]] }],
    ['no points', { ...stroke, points: [] }],
    ['no object', 5],
  ])('%s is refused and not drawn', async (_what, body) => {
    await post('/clear', {});
    expect((await post('/strokes', body)).status).toBe(400);
    expect(await (await fetch(at('/status'))).json()).toMatchObject({ strokes: 0 });
  });

  test('the page is the same with and without the trailing slash, and names no prefix', async () => {
    const [page, bare] = await Promise.all([at('/'), at('')].map(async (url) => (await fetch(url)).text()));
    expect(page).toContain('<canvas');
    expect(bare).toBe(page);
    expect(page).not.toMatch(/["'`]\/(?:api|plugins)\//);
  });

  test('a reload says goodbye to open streams and ends them; who comes back meets the new code', async () => {
    const [events, other] = [eventsAt(at('/events')), eventsAt(at('/events'))];
    await Promise.all([next(events), next(other)]);
    copy.edit('whiteboard/board.ts', "event('snapshot', {", "event('snapshot', { edited: true,");
    expect((await host.operator('POST', `plugins/${key}/reload`)).status).toBe(200);
    const goodbye = await next(events);
    expect(goodbye).toEqual({ event: 'goodbye', data: JSON.stringify({ reason: 'reload' }) });
    expect(await next(events)).toBeUndefined();
    expect((await next(other))?.event).toBe('goodbye');
    expect(await next(other)).toBeUndefined();
    const again = eventsAt(at('/events'));
    expect(await next(again)).toEqual({
      event: 'snapshot',
      data: JSON.stringify({ edited: true, strokes: [] }),
    });
    await again.return(undefined);
  });

  test('disabling says goodbye and leaves nothing to come back to', async () => {
    const events = eventsAt(at('/events'));
    await next(events);
    await host.operator('POST', `plugins/${key}/disable`);
    expect((await next(events))?.event).toBe('goodbye');
    expect(await next(events)).toBeUndefined();
    expect((await fetch(at('/'))).status).toBe(404);
    await host.operator('POST', `plugins/${key}/enable`);
    expect((await fetch(at('/'))).status).toBe(200);
  });

  test('stopping the host ends open streams', async () => {
    const own = await startProcessHost({ plugins: [copy.folder] });
    const events = eventsAt(`${own.base}/api/plugin/${key}/events`);
    await next(events);
    const code = own.stop();
    expect((await next(events))?.event).toBe('goodbye');
    expect(await next(events)).toBeUndefined();
    expect(await code).toBe(0);
  });
});
