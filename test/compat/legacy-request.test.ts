import { createHmac } from 'node:crypto';
import { LegacyRequest } from '../../src/compat/webhook-method/legacy-request';
import type { UploadedFile } from '../../src/core/exchange';
import { plainExchange, type PlainRequest } from './plain-exchange';
import { plainServices } from './plain-plugin';

const services = plainServices();
const requestOf = (request: PlainRequest = {}) =>
  new LegacyRequest(plainExchange(request), '/gh', () => services);
const typed = (type: string, body: string | Buffer): PlainRequest => ({
  headers: [['Content-Type', type]],
  body,
});

describe('headers', () => {
  const { headers } = requestOf({
    headers: [
      ['X-Hub-Signature-256', 'sha256=1'],
      ['X-Twice', 'a'],
      ['x-twice', 'b'],
      ['__proto__', 'p'],
    ],
  });

  test('are found in any case, by get and by index', () => {
    expect(headers.get('X-Hub-Signature-256')).toBe('sha256=1');
    expect(headers['X-HUB-signature-256']).toBe('sha256=1');
    expect(headers['x-hub-signature-256']).toBe('sha256=1');
    expect('X-Hub-Signature-256' in headers).toBe(true);
    expect('x-none' in headers).toBe(false);
    expect(headers['x-none']).toBeUndefined();
    expect(headers.get('x-none', 'fallback')).toBe('fallback');
  });

  test('repeated lines are joined, and kept one by one', () => {
    expect(headers['X-Twice']).toBe('a, b');
    expect(headers.getAll('x-Twice')).toEqual(['a', 'b']);
  });

  test('are listed in lower case, once each, and survive a spread', () => {
    const names = ['x-hub-signature-256', 'x-twice', '__proto__'];
    expect(Object.keys(headers)).toEqual(names);
    expect(headers.keys()).toEqual(names);
    expect([...headers].map(([name]) => name)).toEqual(names);
    expect({ ...headers }['x-twice']).toBe('a, b');
    expect(JSON.parse(JSON.stringify(headers))['x-hub-signature-256']).toBe('sha256=1');
  });

  test('a header with the name of a method does not replace the method', () => {
    const hostile = requestOf({ headers: [['get', 'x']] }).headers;
    expect(hostile.get('get')).toBe('x');
  });

  test('cannot be written', () => {
    expect(() => Object.assign(headers, { 'x-new': '1' })).toThrow(TypeError);
  });
});

describe('the body of webhook_request', () => {
  test.each<[string, PlainRequest, unknown]>([
    ['JSON', typed('application/json; charset=utf-8', '{"a":1}'), { a: 1 }],
    ['JSON of a vendor type', typed('application/vnd.x+json', '{"a":1}'), { a: 1 }],
    ['an array', typed('application/json', '[1]'), [1]],
    ['an empty JSON body', typed('application/json', ''), {}],
    ['an empty form', typed('application/x-www-form-urlencoded', ''), {}],
    ['a form', typed('application/x-www-form-urlencoded', 'a=b'), { a: 'b' }],
    ['a number sent as text', typed('text/plain', '5'), { raw_content: '5' }],
    ['words', typed('text/plain', 'hi'), { raw_content: 'hi' }],
    ['an object sent as text, as some notification services do', typed('text/plain', '{"a":1}'), { a: 1 }],
    ['braces that are not JSON', typed('text/plain', '{hi'), { raw_content: '{hi' }],
    ['JSON without a type', { body: '{"a":1}' }, { a: 1 }],
    ['text without a type', { body: 'hi' }, { raw_content: 'hi' }],
    [
      'octets',
      typed('application/octet-stream', Buffer.from([0xff, 0xfe, 0])),
      { raw_content: '\ufffd\ufffd\0' },
    ],
  ])('%s', (_what, request, body) => {
    expect(requestOf(request).webhook_request.body).toEqual(body);
    expect(requestOf(request).webhookRequest.body).toEqual(body);
    expect(requestOf(request).data()).toEqual(body);
  });

  test('a form keeps its text, unlisted', () => {
    const body = requestOf(typed('application/x-www-form-urlencoded', 'a=b')).webhookRequest.body as any;
    expect(body.raw_content).toBe('a=b');
    expect(Object.keys(body)).toEqual(['a']);
  });

  test('a field that is itself named raw_content is the field', () => {
    const body = requestOf(typed('application/x-www-form-urlencoded', 'raw_content=b')).webhookRequest
      .body as any;
    expect(body.raw_content).toBe('b');
  });

  test('bad JSON is an error only when touched', () => {
    const request = requestOf(typed('application/json', '{'));
    expect(request.webhook_request.headers['content-type']).toBe('application/json');
    expect(() => request.webhook_request.body).toThrow(
      expect.objectContaining({ code: 'body/invalid-json', status: 400 }),
    );
  });

  test('multipart is fields and files in one', async () => {
    const file = { filename: 'a.txt' } as UploadedFile;
    const request = requestOf({
      headers: [
        ['content-type', 'multipart/form-data; boundary=x'],
        ['X-Hub-Signature-256', `sha256=${'0'.repeat(64)}`],
        ['X-Gitlab-Token', 's3'],
      ],
      fields: { name: 'n' },
      files: { report: file },
    });
    expect(request.webhookRequest.body).toEqual({ name: 'n', report: file });
    expect(await request.form()).toEqual({ name: 'n', report: file });
    for (const read of [request.body, request.text, request.json])
      await expect(read()).rejects.toMatchObject({ code: 'body/wrong-type', status: 415 });
    expect(() => request.rawBody).toThrow(expect.objectContaining({ status: 415 }));
    expect(() => request.verify('github', 's3')).toThrow(expect.objectContaining({ status: 415 }));
    expect(request.verify('gitlab', 's3')).toBe(true);
  });
});

describe('the documented request', () => {
  test('has each name in both spellings', () => {
    const request = requestOf({ query: { token: 't' }, params: { id: '5' }, url: '/api/webhook/gh?token=t' });
    expect(request).toMatchObject({
      url: '/api/webhook/gh?token=t',
      path: '/gh',
      endpoint: '/gh',
      deprecated: true,
    });
    expect(request.query.token).toBe('t');
    expect(request.query_params.get('token')).toBe('t');
    expect(request.query_params.get('none', 'x')).toBe('x');
    expect({ ...request.query }).toEqual({ token: 't' });
    expect(request.params.id).toBe('5');
    expect(request.path_params.get('id')).toBe('5');
    expect(request.client.host).toBe('192.0.2.7');
    expect([request.requestId, request.request_id, request.plugin]).toEqual(['r1', 'r1', 'dev.demo']);
    expect(request.background(() => undefined)).toBe('dev.demo-1-1');
    expect(request.reply({ a: 1 }, 201, { 'x-a': 'b' })).toMatchObject({
      status: 201,
      body: { a: 1 },
      headers: { 'x-a': 'b' },
    });
  });

  test('a caller cannot take query.get away', () => {
    const { query } = requestOf({ query: { get: 'x', token: 't' } });
    expect([query.get('token'), query.get('get')]).toEqual(['t', 'x']);
  });

  test('gives the exact bytes, the text and the JSON, also when taken apart', async () => {
    const { body, json, text, rawBody, raw_body } = requestOf(typed('application/json', '{ "a":\n1.0 }'));
    expect((await body()).toString()).toBe('{ "a":\n1.0 }');
    expect(await json()).toEqual({ a: 1 });
    expect(await text()).toBe('{ "a":\n1.0 }');
    expect(rawBody.equals(raw_body)).toBe(true);
  });

  test.each(['{', ''])('json() of "%s" rejects with 400', async (body) => {
    await expect(requestOf(typed('application/json', body)).json()).rejects.toMatchObject({
      code: 'body/invalid-json',
    });
  });

  test('HEAD is answered as GET is', () => {
    expect(requestOf({ method: 'HEAD' }).method).toBe('GET');
    expect(requestOf({ method: 'PATCH' }).method).toBe('PATCH');
  });
});

describe('verify', () => {
  const body = '{ "a": "\\u00e9" }';
  const signature = `sha256=${createHmac('sha256', 's3').update(body).digest('hex')}`;
  const signed = (header: string) => requestOf({ headers: [['X-Hub-Signature-256', header]], body });

  test('github: the exact bytes under the secret', () => {
    expect(signed(signature).verify('github', 's3')).toBe(true);
    expect(signed(signature).verify('github', 'other')).toBe(false);
    expect(signed(signature.slice(0, -1)).verify('github', 's3')).toBe(false);
    expect(requestOf({ body }).verify('github', 's3')).toBe(false);
  });

  test('gitlab: the secret itself', () => {
    const request = requestOf({ headers: [['X-Gitlab-Token', 's3']] });
    expect([request.verify('gitlab', 's3'), request.verify('gitlab', 's4')]).toEqual([true, false]);
  });

  test('without a secret nothing is verified', () => {
    const empty = createHmac('sha256', '').update(body).digest('hex');
    expect(signed(`sha256=${empty}`).verify('github', '')).toBe(false);
    expect(requestOf({ headers: [['X-Gitlab-Token', '']] }).verify('gitlab', undefined)).toBe(false);
  });

  test('every sender that needs nothing but a secret is known: the moment is judged now', () => {
    const at = (seconds: number) => {
      const moment = String(Math.floor(Date.now() / 1_000) - seconds);
      const mac = createHmac('sha256', 's3').update(`v0:${moment}:${body}`).digest('hex');
      return requestOf({
        headers: [
          ['X-Slack-Signature', `v0=${mac}`],
          ['X-Slack-Request-Timestamp', moment],
        ],
        body,
      });
    };
    expect([at(0), at(3_600)].map((request) => request.verify('slack', 's3'))).toEqual([true, false]);
    expect(at(0).verify('slack', 's4')).toBe(false);
  });

  test('a scheme that needs more than a secret is not known here', () => {
    expect(() => requestOf().verify('sns', 's')).toThrow(
      expect.objectContaining({ code: 'compat/unknown-scheme' }),
    );
  });

  test('another scheme is an error that says where the known ones are', () => {
    expect(() => requestOf().verify('toString' as any, 's')).toThrow(
      expect.objectContaining({
        code: 'compat/unknown-scheme',
        message: expect.stringContaining('docs/providers.md lists all'),
      }),
    );
  });
});

describe('the agent context', () => {
  test('a webhook is bound to no chat and says so', async () => {
    const request = requestOf();
    for (const name of ['chatKey', 'chat_key', 'adapterKey', 'adapter_key'] as const)
      expect(() => request[name]).toThrow(expect.objectContaining({ code: 'compat/no-chat' }));
    await expect(request.send_text('hi')).rejects.toMatchObject({ code: 'compat/no-chat' });
  });

  test('sends to the chat it is given', async () => {
    services.sent.length = 0;
    await requestOf().sendText('console-ci', 'hi');
    await requestOf().push_system('console-ci', 'quiet', true);
    expect(services.sent).toEqual([
      { chatKey: 'console-ci', from: 'dev.demo', kind: 'text', text: 'hi' },
      { chatKey: 'console-ci', from: 'dev.demo', kind: 'system', text: 'quiet' },
    ]);
  });

  test('fs is not served and names what replaces it', () => {
    expect(() => requestOf().fs).toThrow(
      expect.objectContaining({
        code: 'compat/not-served',
        message: expect.stringContaining('plugin.dataDir'),
      }),
    );
  });
});
