import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { startHost, testChannel, type TestHost } from '../../../src/testing';
import { pluginFolder } from '../../support/plugin-folder';

const FILES: Readonly<Record<string, string>> = {
  'bag-app/informer.yaml': `owner: jane
dependencies: { calc: app.calc }
env: { GREETING: What it says. }
`,
  'bag-app/webhooks/names.js': `export const POST = (bag) => Object.keys(bag).sort();`,
  'bag-app/webhooks/texts.js': `import { shout } from '../lib/shout.js';
export const POST = ({ markdown, env }) => ({
  html: markdown('**bold** <script>alert(1)</script> [x](javascript:alert(1))'),
  shout: shout('hi'),
  encoded: [base64Encode('é?>'), base64UrlEncode('é?>'), base64Decode('w6k/Pg=='), base64UrlDecode('w6k_Pg')],
  global: typeof globalThis.base64Encode,
  greeting: env.GREETING,
  path: env.PATH ?? 'none',
});`,
  'bag-app/lib/shout.js': `export const shout = (text) => text.toUpperCase() + base64Encode('!');`,
  'bag-app/webhooks/log.js': `export const POST = ({ log }) => {
  log('plain'); log.info('told', { a: 1 }); log.warn('careful'); log.error(new Error('broken'));
};`,
  'bag-app/webhooks/ask.js': `export async function POST({ fetch, request }) {
  const answer = await fetch(request.body.url, request.body.options);
  const text = await answer.text();
  return { status: 200, body: { status: answer.status, ok: answer.ok, type: answer.headers.get('Content-Type'), text,
    json: await answer.json().catch((error) => error.code), bytes: (await answer.arrayBuffer()).byteLength } };
}`,
  'bag-app/webhooks/call.js': `export async function POST({ context, request }) {
  const { name, tool, input } = request.body;
  return { answer: await context[name][tool](input) };
}`,
  'bag-app/webhooks/notify.js': `export const POST = ({ notify, request }) => notify(request.body.notice);`,
  'bag-app/webhooks/mail.js': `export const POST = ({ email }) => email({ to: 'ann@example.org', subject: 'Hello', body: 'Some text.' });`,
  'bag-app/webhooks/early.js': `let done;
export async function POST({ respond, log }) {
  await respond({ status: 202, body: 'later', headers: { 'x-early': 1 } });
  await new Promise((resolve) => { done = resolve; });
  log('the rest ran');
}
export const PUT = () => { done(); return { released: true }; };`,
  'bag-app/webhooks/answers.js': `const ANSWERS = { none: undefined, list: [1], text: 'x', status: { status: 201, headers: { 'x-a': 1 } },
  words: { status: 200, body: 'ok' }, named: { status: 'paid' }, empty: { status: 204 }, wrong: { status: 42 } };
export const POST = ({ request }) => ANSWERS[request.body.which];`,
  'calc/informer.yaml': 'name: Calc\n',
  'calc/tools/add.js': `export default {
  description: 'Adds.', parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
  handler: ({ a, b }, { log }) => { log.info('added'); return { sum: a + b }; },
};`,
};

let host: TestHost;
let elsewhere: Server;
let smtp: SMTPServer;
const mails: string[] = [];
const channel = testChannel();
let links: Record<string, string>;

beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers } = request;
      const body = Buffer.concat(chunks).toString();
      if (request.url === '/missing') response.writeHead(404, { 'content-type': 'text/plain' }).end('gone');
      else
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ method, type: headers['content-type'], mine: headers['x-mine'], body }));
    });
  });
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  await Promise.all([
    new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve)),
    new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve())),
  ]);
  host = await startHost({
    plugins: pluginFolder(FILES),
    channel,
    secrets: { 'app.bag_app': { GREETING: 'good day' } },
    settings: {
      http: { allowHttp: true, allowPrivate: ['127.0.0.0/8'] },
      mail: {
        url: `smtp://127.0.0.1:${(smtp.server.address() as AddressInfo).port}`,
        from: 'app@example.org',
      },
    },
  });
  const response = await fetch(`${host.url}/api/apps/bag-app/webhooks`, {
    headers: { authorization: `Bearer ${host.operatorToken}` },
  });
  const { webhooks } = (await response.json()) as { webhooks: { path: string; url: string }[] };
  links = Object.fromEntries(webhooks.map(({ path, url }) => [path.slice(1), url]));
}, 30_000);
afterAll(async () => {
  await host?.stop();
  await Promise.all([
    new Promise((resolve) => elsewhere.close(resolve)),
    new Promise<void>((resolve) => smtp.close(() => resolve())),
  ]);
});

const send = (name: string, body: unknown = {}, method = 'POST'): Promise<Response> =>
  fetch(links[name] as string, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const json = async (name: string, body?: unknown): Promise<any> => (await send(name, body)).json();
const address = () => `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
const logged = () => host.logs.filter(({ plugin }) => plugin === 'app.bag_app');

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not come to pass within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('the bag holds what is documented', async () => {
  expect(await json('names')).toEqual(
    [
      ...['query', 'request', 'fetch', 'context', 'respond', 'emit', 'notify', 'email', 'crypto'],
      ...['markdown', 'log', 'env'],
    ].sort(),
  );
});

test('markdown, env, shared files and base64, which is nowhere else', async () => {
  const shown = await json('texts');
  expect(shown).toMatchObject({
    encoded: ['w6k/Pg==', 'w6k_Pg', 'é?>', 'é?>'],
    ...{ shout: 'HIIQ==', global: 'undefined', greeting: 'good day', path: 'none' },
  });
  expect(shown.html).toContain('<strong>bold</strong> &lt;script&gt;');
  expect(shown.html).not.toContain('href="javascript');
});

test('log writes as the plugin, at its levels', async () => {
  expect((await send('log')).status).toBe(204);
  const lines = logged().map(({ level, message }) => `${level}: ${message.split('\n')[0]}`);
  expect(lines).toEqual(
    expect.arrayContaining(['info: plain', 'info: told', 'warn: careful', 'error: Error: broken']),
  );
});

describe('fetch', () => {
  test('asks elsewhere, and answers as fetch does', async () => {
    const options = {
      method: 'post',
      headers: { 'X-Mine': '1', 'content-type': 'text/plain' },
      body: 'hello',
    };
    const shown = await json('ask', { url: address(), options });
    expect(shown).toMatchObject({ status: 200, ok: true, type: 'application/json' });
    expect(shown.json).toEqual({ method: 'POST', type: 'text/plain', mine: '1', body: 'hello' });
    expect(shown.bytes).toBe(Buffer.byteLength(shown.text));
  });

  test('any status is an answer', async () => {
    expect(await json('ask', { url: `${address()}/missing` })).toMatchObject({
      ...{ status: 404, ok: false, text: 'gone', json: 'outgoing/bad-answer' },
    });
  });

  test.each(['/api/apps', 'api', '//elsewhere.example/x'])(
    '%s has no host: refused in words',
    async (url) => {
      const before = logged().length;
      expect((await send('ask', { url })).status).toBe(500);
      const told = logged()
        .slice(before)
        .map((line) => JSON.stringify(line))
        .join();
      expect(told).toContain('only absolute addresses are asked');
    },
  );
});

describe('context', () => {
  test('calls a tool of a dependency', async () => {
    expect(await json('call', { name: 'calc', tool: 'add', input: { a: 1, b: 2 } })).toEqual({
      answer: { sum: 3 },
    });
  });

  test('input that the tool does not take is told', async () => {
    const response = await send('call', { name: 'calc', tool: 'add', input: { a: 'x', b: 2 } });
    expect(await response.json()).toMatchObject({ code: 'tools/invalid-input' });
  });

  test('a name that is no dependency is refused in words', async () => {
    const before = logged().length;
    expect((await send('call', { name: 'other', tool: 'add' })).status).toBe(500);
    expect(JSON.stringify(logged().slice(before))).toContain('informer.yaml names no such dependency');
  });
});

describe('notify and email', () => {
  test.each([
    ['a text', 'hello', 'console-user-jane', 'hello'],
    ['a title and a message', { title: 'Build', message: 'done' }, 'console-user-jane', 'Build\ndone'],
    ['a message to somebody else', { to: 'ann', text: 'hi' }, 'console-user-ann', 'hi'],
  ])('%s', async (_what, notice, chatKey, text) => {
    expect((await send('notify', { notice })).status).toBe(200);
    expect(channel.messages.at(-1)).toMatchObject({ from: 'app.bag_app', chatKey, text });
  });

  test('email goes out by SMTP', async () => {
    expect(await json('mail')).toEqual({ id: expect.any(String) });
    await until(() => mails.length > 0);
    expect(mails[0]).toContain('Subject: Hello');
    expect(mails[0]).toContain('Some text.');
  });
});

describe('answers', () => {
  test.each<[string, number, unknown]>([
    ['none', 204, ''],
    ['list', 200, '[1]'],
    ['text', 200, '"x"'],
    ['status', 201, ''],
    ['words', 200, 'ok'],
    ['named', 200, '{"status":"paid"}'],
    ['empty', 204, ''],
  ])('%s', async (which, status, body) => {
    const response = await send('answers', { which });
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test('headers are sent, and a status that is none is the handler’s mistake', async () => {
    expect((await send('answers', { which: 'status' })).headers.get('x-a')).toBe('1');
    expect((await send('answers', { which: 'wrong' })).status).toBe(500);
  });

  test('respond answers at once, and the rest runs', async () => {
    const early = await send('early');
    expect([early.status, await early.text(), early.headers.get('x-early')]).toEqual([202, 'later', '1']);
    expect(logged().some(({ message }) => message === 'the rest ran')).toBe(false);
    expect(await (await send('early', {}, 'PUT')).json()).toEqual({ released: true });
    await until(() => logged().some(({ message }) => message === 'the rest ran'));
  });
});
