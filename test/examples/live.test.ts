import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { copyExamples, type ExampleCopy } from '../support/example-copy';
import { startHost, type TestHost } from '../../src/testing';

describe('the live example', () => {
  let copy: ExampleCopy;
  let host: TestHost;
  beforeAll(async () => {
    copy = copyExamples('live');
    host = await startHost({ plugins: path.join(copy.folder, 'live') });
  });
  afterAll(async () => {
    await host.stop();
    copy.remove();
  });

  const url = (at: string) => host.urlOf('example.live', at);
  const connect = async (name: string) => {
    const socket = new WebSocket(url(`/chat?name=${name}`).replace('http', 'ws'));
    const heard: unknown[] = [];
    socket.on('message', (data) => heard.push(JSON.parse((data as Buffer).toString())));
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const ended = new Promise<number>((resolve) => socket.once('close', resolve));
    return { socket, heard, ended };
  };

  test('everybody hears what one says, and who said it', async () => {
    const [ada, grace] = [await connect('Ada'), await connect('Grace')];
    ada.socket.send('hello');
    for (let tries = 0; grace.heard.length === 0 && tries < 100; tries += 1) await sleep(20);
    expect(grace.heard).toEqual([{ name: 'Ada', text: 'hello' }]);
    ada.socket.close();
    grace.socket.close();
    await Promise.all([ada.ended, grace.ended]);
  });

  test('a name that is too long is refused before the connection is', async () => {
    const socket = new WebSocket(url(`/chat?name=${'x'.repeat(41)}`).replace('http', 'ws'));
    const status = await new Promise((resolve) =>
      socket.once('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(422);
  });

  test('a reload closes sockets with 1012 and ends events; both come back to the new code', async () => {
    const { ended } = await connect('Ada');
    const events = await fetch(url('/events'));
    const rest = events.text();
    await host.registry.reload('example.live' as never);
    expect(await ended).toBe(1012);
    expect(await rest).toContain('event: goodbye');
    const again = await connect('Ada');
    again.socket.close();
    expect(await again.ended).toBe(1005);
  });
});
