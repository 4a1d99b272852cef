import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SentMessage } from '../../../src/core/messages';
import { CI, dataFolder, openChats, type ChatsUnderTest } from './chats-under-test';
import { receivingServer, type Received, type ReceivingServer } from './receiving-server';

const TOKEN = '123456789:AAExampleExampleExampleExampleExampl';
const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

let server: ReceivingServer;
let chats: ChatsUnderTest;
const home = dataFolder();

beforeAll(async () => {
  server = await receivingServer();
  chats = await openChats(home.data);
  await chats.set('slack-ops', `${server.url}/services/T000/B000/hook`);
  await chats.set('discord-ops', `${server.url}/api/webhooks/1/hook-token`);
  await chats.set('telegram--1001234', TOKEN, { options: { apiUrl: server.url } });
  await chats.set('telegram-team', TOKEN, { options: { apiUrl: `${server.url}/`, chatId: '@team' } });
  await chats.set('http-erp', SECRET, { options: { url: `${server.url}/erp?to=chat` } });
});
afterAll(async () => {
  await chats.stop();
  await server.close();
  home.remove();
});

/** The one request that a message became. */
async function sent(message: Promise<SentMessage>): Promise<Received> {
  const before = server.received.length;
  await chats.reached((await message).id, 'sent');
  expect(server.received).toHaveLength(before + 1);
  return server.received[before] as Received;
}
const parts = async ({ headers, body }: Received) =>
  new Response(body, { headers: { 'content-type': String(headers['content-type']) } }).formData();

describe('slack', () => {
  it('posts the text to the webhook, what is markup escaped', async () => {
    const request = await sent(chats.channels.of(CI).sendText('slack-ops', 'a < b & <!channel>'));
    expect(request).toMatchObject({ method: 'POST', path: '/services/T000/B000/hook' });
    expect(request.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request.text)).toEqual({ text: 'a &lt; b &amp; &lt;!channel&gt;' });
  });

  it('says what it cannot send', async () => {
    const file = { filename: 'report.pdf', data: 'four' };
    const request = await sent(chats.channels.of(CI).sendFile('slack-ops', file));
    expect(JSON.parse(request.text)).toEqual({
      text: '[file report.pdf, 4 bytes: incoming webhooks take no files]',
    });
  });
});

describe('discord', () => {
  it('posts the text, and calls nobody by it', async () => {
    const request = await sent(chats.channels.of(CI).sendText('discord-ops', 'hello @everyone'));
    expect(request.path).toBe('/api/webhooks/1/hook-token?wait=true');
    expect(JSON.parse(request.text)).toEqual({
      content: 'hello @everyone',
      allowed_mentions: { parse: [] },
    });
  });

  it('sends a file as a form', async () => {
    const data = Buffer.from([0, 255, 13, 10, 1]);
    const request = await sent(
      chats.channels.of(CI).sendImage('discord-ops', { filename: 'a "b".png', data }),
    );
    const form = await parts(request);
    expect(JSON.parse(String(form.get('payload_json')))).toEqual({
      allowed_mentions: { parse: [] },
      attachments: [{ id: 0, filename: 'a "b".png' }],
    });
    const file = form.get('files[0]') as File;
    expect([file.name, file.type]).toEqual(['a "b".png', 'image/png']);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(data);
  });
});

describe('telegram', () => {
  it('sends a text to the chat that the chat key names', async () => {
    const request = await sent(chats.channels.of(CI).sendText('telegram--1001234', 'hello'));
    expect(request.path).toBe(`/bot${TOKEN}/sendMessage`);
    expect(JSON.parse(request.text)).toEqual({ chat_id: '-1001234', text: 'hello' });
  });

  it('sends a file to the chat that the operator named', async () => {
    writeFileSync(path.join(chats.folder, 'log.txt'), 'all is well');
    const request = await sent(chats.channels.of(CI).sendFile('telegram-team', 'log.txt'));
    expect(request.path).toBe(`/bot${TOKEN}/sendDocument`);
    const form = await parts(request);
    expect(form.get('chat_id')).toBe('@team');
    const file = form.get('document') as File;
    expect([file.name, file.type, await file.text()]).toEqual(['log.txt', 'text/plain', 'all is well']);
  });

  it('sends an image as a photo, and a large one as a document', async () => {
    const small = { filename: 'a.png', data: Buffer.alloc(10) };
    expect((await sent(chats.channels.of(CI).sendImage('telegram-team', small))).path).toMatch(/sendPhoto$/);
    const large = { filename: 'a.png', data: Buffer.alloc(10 * 1024 ** 2 + 1) };
    const request = await sent(chats.channels.of(CI).sendImage('telegram-team', large));
    expect(request.path).toMatch(/sendDocument$/);
  });

  it('waits as long as the answer says in its own words', async () => {
    const body = JSON.stringify({ ok: false, error_code: 429, parameters: { retry_after: 0.1 } });
    server.answer({ status: 429, body });
    const { id } = await chats.channels.of(CI).sendText('telegram-team', 'later');
    await chats.reached(id, 'sent');
    expect((await chats.desk.message(id))?.job).toBeDefined();
    const job = await chats.inbox.desk.job(String((await chats.desk.message(id))?.job));
    expect(job.attempts.map(({ outcome }) => outcome)).toContain('waiting');
  });
});

describe('http', () => {
  it('sends a CloudEvent, signed as a Standard Webhook', async () => {
    const message = await chats.channels.of(CI).sendText('http-erp', 'ünï');
    await chats.reached(message.id, 'sent');
    const request = server.received.at(-1) as Received;
    expect(request.path).toBe('/erp?to=chat');
    const { headers } = request;
    expect(headers['content-type']).toBe('application/cloudevents+json');
    expect(headers['webhook-id']).toBe(message.id);
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${request.text}`;
    const signature = createHmac('sha256', Buffer.alloc(32, 5)).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(JSON.parse(request.text)).toEqual({
      ...{ specversion: '1.0', id: message.id, source: '/channels', type: 'gatehouse.message.text' },
      ...{ time: expect.any(String), subject: 'http-erp', datacontenttype: 'application/json' },
      data: { chatKey: 'http-erp', from: 'acme.ci', text: 'ünï' },
    });
  });

  it('has the bytes of a file in it', async () => {
    const file = { filename: 'a.bin', data: new Uint8Array([1, 2, 255]) };
    const request = await sent(chats.channels.of(CI).sendFile('http-erp', file));
    const event = JSON.parse(request.text) as { type: string; data: { file: unknown } };
    expect(event.type).toBe('gatehouse.message.file');
    expect(event.data.file).toEqual({
      ...{ filename: 'a.bin', contentType: 'application/octet-stream', bytes: 3, base64: 'AQL/' },
    });
  });
});

describe('console', () => {
  it('keeps what is sent, and sends it nowhere', async () => {
    const before = server.received.length;
    const { id } = await chats.channels.of(CI).sendText('console-ci', 'hello');
    await chats.reached(id, 'sent');
    expect(server.received).toHaveLength(before);
    expect(await chats.channels.history('console-ci')).toMatchObject([
      { id, chatKey: 'console-ci', from: 'acme.ci', direction: 'out', kind: 'text', text: 'hello' },
    ]);
  });
});
