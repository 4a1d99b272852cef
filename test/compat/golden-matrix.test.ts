import { request as httpRequest } from 'node:http';
import type { WebhookHandler } from '../../src/compat';
import { HttpError } from '../../src/core/http-error';
import { post, postJson, closeHosts, startLegacyHost, type LegacyHost } from './legacy-host';

const SCOPED = '/api/plugin/dev.demo/webhook/gh';
const SHORT = '/api/plugin/demo/webhook/gh';
const GLOBAL = '/api/webhook/gh';
const JSON_TYPE = 'application/json';

let host: LegacyHost;
beforeEach(async () => {
  host = await startLegacyHost();
});
afterEach(closeHosts);

/** Answers with what the handler was given. */
const echo: WebhookHandler = (ctx) => ({ body: ctx.webhook_request.body, token: ctx.query.token });

describe.each(['gh', '/gh'])('declared %s', (endpoint) => {
  test('the global address answers with the envelope, true counts and the deprecation headers', async () => {
    host.serve(() => [{ ok: 1 }, 201], { endpoint });
    const { status, body, headers } = await host.call(GLOBAL, postJson({}));
    expect(status).toBe(200);
    expect(body).toEqual({
      success: true,
      message: 'Webhook processed, succeeded: 1, failed: 0',
      data: { results: [{ plugin: 'dev.demo', status: 201, body: { ok: 1 } }], errors: [] },
    });
    expect(headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(headers.get('link')).toBe('</api/plugin/dev.demo/gh>; rel="successor-version"');
    expect(headers.get('sunset')).toBeNull();
  });

  test("the plugin's address answers with the handler's own body and status", async () => {
    host.serve(() => [{ ok: 1 }, 201], { endpoint });
    const { status, body, headers } = await host.call(SCOPED, postJson({}));
    expect([status, body]).toEqual([201, { ok: 1 }]);
    expect(headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(headers.get('link')).toContain('rel="successor-version"');
  });

  test('the short address does the same', async () => {
    host.serve(() => [{ ok: 1 }, 201], { endpoint });
    const { status, body, headers } = await host.call(SHORT, postJson({}));
    expect([status, body]).toEqual([201, { ok: 1 }]);
    expect(headers.get('deprecation')).toMatch(/^@\d+$/);
  });

  test('the successor it names answers too, and is not deprecated', async () => {
    host.serve(() => ({ ok: 1 }), { endpoint });
    const { status, headers } = await host.call('/api/plugin/dev.demo/gh', postJson({}));
    expect([status, headers.get('deprecation')]).toEqual([200, null]);
  });
});

test('the short address of two plugins is 409 and tells strangers no keys', async () => {
  host.serve(() => ({ ok: 1 }));
  host.serve(() => ({ ok: 2 }), { key: 'other.demo' });
  const { status, text } = await host.call(SHORT, postJson({}));
  expect(status).toBe(409);
  expect(text).not.toMatch(/dev\.demo|other\.demo/);
});

describe('methods', () => {
  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s reaches the handler at every address', async (method) => {
    host.serve((request) => ({ method: request.method }));
    for (const path of [SCOPED, SHORT]) {
      const { status, body } = await host.call(path, { method });
      expect([path, status, body]).toEqual([path, 200, { method }]);
    }
    const { body } = await host.call(GLOBAL, { method });
    expect(body.data.results).toEqual([{ plugin: 'dev.demo', status: 200, body: { method } }]);
  });

  test('a method map answers its methods; another is 405 with Allow', async () => {
    host.serve({ GET: () => ({ via: 'GET' }), POST: () => [{ via: 'POST' }, 202] });
    for (const path of [SCOPED, SHORT]) {
      expect(await host.call(path)).toMatchObject({ status: 200, body: { via: 'GET' } });
      expect(await host.call(path, postJson({}))).toMatchObject({ status: 202, body: { via: 'POST' } });
      const refused = await host.call(path, { method: 'PUT' });
      expect(refused.status).toBe(405);
      expect(refused.headers.get('allow')?.split(', ')).toEqual(
        expect.arrayContaining(['GET', 'HEAD', 'POST']),
      );
    }
    const refused = await host.call(GLOBAL, { method: 'PUT' });
    expect(refused.status).toBe(405);
    expect(refused.headers.get('allow')).toContain('POST');
  });

  test('HEAD is answered as GET is, without a body', async () => {
    host.serve((request) => (request.method === 'GET' ? { ok: 1 } : [{}, 405]));
    expect(await host.call(SCOPED, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });
});

describe('what the handler reads', () => {
  test('the query', async () => {
    host.serve(echo);
    expect((await host.call(`${SCOPED}?token=x`, postJson({}))).body.token).toBe('x');
    expect((await host.call(`${GLOBAL}?token=x`, postJson({}))).body.data.results[0].body.token).toBe('x');
  });

  test('a header in any case', async () => {
    host.serve((request) => [
      request.headers.get('X-Hub-Signature-256'),
      request.headers.get('x-hub-signature-256'),
      request.headers['X-HUB-SIGNATURE-256'],
      request.webhook_request.headers['x-hub-signature-256'],
    ]);
    const { body } = await host.call(SCOPED, postJson({}, { 'x-HUB-Signature-256': 'sha256=1' }));
    expect(body).toEqual(['sha256=1', 'sha256=1', 'sha256=1', 'sha256=1']);
  });

  test('a header that was sent twice: joined, and one by one', async () => {
    host.serve(({ headers }) => ({ get: headers.get('X-Sig'), all: headers.getAll('X-Sig') }));
    const body = await new Promise((resolve, reject) => {
      const request = httpRequest(host.base + SCOPED, { method: 'POST' }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(JSON.parse(text)));
      });
      request.on('error', reject);
      request.setHeader('X-Sig', ['a', 'b']);
      request.end();
    });
    expect(body).toEqual({ get: 'a, b', all: ['a', 'b'] });
  });

  test.each<[string, string | Buffer, string | undefined, unknown]>([
    ['an empty JSON body', '', JSON_TYPE, {}],
    ['an array', '[1]', JSON_TYPE, [1]],
    ['a vendor type of JSON', '{"a":1}', 'application/vnd.x+json', { a: 1 }],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', { a: 'b' }],
    ['a number as text', '5', 'text/plain', { raw_content: '5' }],
    ['words as text', 'hi', 'text/plain', { raw_content: 'hi' }],
    [
      'octets',
      Buffer.from([0xff, 0xfe, 0x00]),
      'application/octet-stream',
      { raw_content: '\ufffd\ufffd\0' },
    ],
  ])('the body of %s', async (_what, sent, type, seen) => {
    host.serve(echo);
    const { status, body } = await host.call(SCOPED, post(sent, type));
    expect([status, body.body]).toEqual([200, seen]);
  });

  test('bad JSON is the sender’s error, in both vocabularies', async () => {
    host.serve(echo);
    const { status, body } = await host.call(SCOPED, post('{', JSON_TYPE));
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: expect.any(String),
      message: expect.stringContaining('JSON'),
      detail: expect.stringContaining('JSON'),
    });
  });

  test('a form keeps its text in raw_content', async () => {
    host.serve((ctx) => (ctx.webhook_request.body as { raw_content: string }).raw_content);
    expect((await host.call(SCOPED, post('a=b', 'application/x-www-form-urlencoded'))).body).toBe('a=b');
  });

  test('octets, exactly', async () => {
    host.serve((ctx) => ctx.rawBody.toString('hex'));
    const octets = Buffer.from([0xff, 0xfe, 0x00]);
    expect((await host.call(SCOPED, post(octets, 'application/octet-stream'))).body).toBe('fffe00');
  });

  test.each([
    ['binary', Buffer.from([0xff, 0xfe, 0x00])],
    ['text', Buffer.from('hello')],
  ])('a multipart body with a %s file: the file and the fields', async (_what, bytes) => {
    host.serve(async (_request, data) => ({
      name: data.report_name,
      file: data.report.filename,
      type: data.report.content_type,
      bytes: (await data.report.read()).toString('hex'),
    }));
    const form = new FormData();
    form.set('report_name', 'weekly');
    form.set('report', new Blob([new Uint8Array(bytes)], { type: 'text/x-report' }), 'r.txt');
    const { status, body } = await host.call(SCOPED, { method: 'POST', body: form });
    expect([status, body]).toEqual([
      200,
      { name: 'weekly', file: 'r.txt', type: 'text/x-report', bytes: bytes.toString('hex') },
    ]);
  });
});

describe('what the handler answers', () => {
  test('a body and a status', async () => {
    host.serve(() => [{ id: 1 }, 201]);
    expect(await host.call(SCOPED, postJson({}))).toMatchObject({ status: 201, body: { id: 1 } });
  });

  test('a reply with headers', async () => {
    host.serve((request) => request.reply({ id: 1 }, 202, { 'x-job': '7' }));
    const { status, headers } = await host.call(SCOPED, postJson({}));
    expect([status, headers.get('x-job')]).toEqual([202, '7']);
  });

  test('nothing: 200 with the envelope; gathered, 200 with null', async () => {
    host.serve(() => undefined);
    expect(await host.call(SCOPED, postJson({}))).toMatchObject({ status: 200, body: { success: true } });
    const { body } = await host.call(GLOBAL, postJson({}));
    expect(body.data.results).toEqual([{ plugin: 'dev.demo', status: 200, body: null }]);
  });

  test('HttpError: its status and detail', async () => {
    host.serve(() => {
      throw new HttpError(403, 'no');
    });
    const { status, body } = await host.call(SCOPED, postJson({}));
    expect(status).toBe(403);
    expect(body).toMatchObject({ detail: 'no', message: 'no', error: 'Forbidden' });
  });

  test('any other error: 500 without its words, and the stack in the plugin’s own log', async () => {
    const { logged } = host.serve(() => {
      throw new Error('secret detail');
    });
    const { status, text } = await host.call(SCOPED, postJson({}));
    expect(status).toBe(500);
    expect(text).not.toContain('secret detail');
    expect(logged.join('\n')).toContain('secret detail');
    expect(host.logged.join('\n')).not.toContain('secret detail');
  });

  test('an async handler is awaited, a sync one is not missed', async () => {
    host.serve(async () => ({ via: await Promise.resolve('async') }), { endpoint: 'gh' });
    expect((await host.call(SCOPED, postJson({}))).body).toEqual({ via: 'async' });
    host.serve(() => ({ via: 'sync' }));
    expect((await host.call(SCOPED, postJson({}))).body).toEqual({ via: 'sync' });
  });
});

test('a body over the limit is 413 before the handler', async () => {
  let ran = 0;
  host.serve(() => (ran += 1));
  for (const path of [SCOPED, SHORT, GLOBAL])
    expect([path, (await host.call(path, post('x'.repeat(5_000), 'text/plain'))).status]).toEqual([
      path,
      413,
    ]);
  expect(ran).toBe(0);
});

test('a job: accepted at once, worked in tracked background', async () => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  let worked = false;
  const { live } = host.serve(async (request) => {
    const { task_id } = await request.json<{ task_id: string }>();
    request.background(async () => {
      await gate;
      worked = true;
    });
    return [{ status: 'accepted', task_id }, 202];
  });
  const { status, body } = await host.call(SCOPED, postJson({ task_id: 't1' }));
  expect([status, body, worked, live.works]).toEqual([202, { status: 'accepted', task_id: 't1' }, false, 1]);
  release();
  await live.retire(2_000, 'shutdown');
  expect([worked, live.works]).toEqual([true, 0]);
});
