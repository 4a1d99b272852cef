import http from 'node:http';
import path from 'node:path';
import { startHost, type TestHost } from '../../../src/testing';

const documented = path.join(__dirname, 'documented');

describe('a plugin in the Extension dialect', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startHost({
      plugins: path.join(documented, 'my-app'),
      settings: { publicUrl: 'https://panel.example.org/' },
    });
  });
  afterAll(() => host.stop());

  const ask = async (at: string, init?: RequestInit) => {
    const response = await fetch(`${host.url}/v1/ext/my-app/webhook${at}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? '' : JSON.parse(text) };
  };
  const post = (at: string, body = '{}', headers: Record<string, string> = {}) =>
    ask(at, { method: 'POST', body, headers });

  test('is served at its documented address, and at its own below its key', async () => {
    expect(await post('/events')).toMatchObject({ status: 200, body: { status: 'ok' } });
    const own = await fetch(host.urlOf('ext.my_app', '/events'), { method: 'POST' });
    expect([own.status, await own.json()]).toEqual([200, { status: 'ok' }]);
  });

  test('its documented address is not deprecated', async () => {
    const { headers } = await post('/events');
    expect([headers.get('deprecation'), headers.get('link')]).toEqual([null, null]);
  });

  test('another method is 405 with Allow, another path 404', async () => {
    const refused = await ask('/events');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    expect((await ask('/nowhere')).status).toBe(404);
  });

  test('GET and POST at one path are two registrations', async () => {
    expect((await ask('/oauth/return?challenge=x7')).body).toEqual({ challenge: 'x7' });
    expect((await post('/oauth/return')).body).toEqual({ status: 'taken' });
  });

  test('of a parameter that stands twice the first value counts', async () => {
    expect((await ask('/oauth/return?many=a&many=b')).body).toEqual({ first: 'a' });
  });

  test('webhook_url tells the documented address by the folder, whatever was typed and however the path is written', async () => {
    const base = 'https://panel.example.org/v1/ext/my-app/webhook';
    expect((await ask('/urls')).body).toEqual({
      urls: [`${base}/callback`, `${base}/callback`, `${base}/oauth/return`],
    });
  });

  test('the handler gets lower-case names, single values, and no hop-by-hop headers', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { 'X-Thing': ['a', 'b'], Connection: 'close, x-hop', 'X-Hop': 'c', Cookie: 's=1' };
      const request = http.request(`${host.url}/v1/ext/my-app/webhook/echo`, { method: 'POST', headers });
      request.on('error', reject);
      request.on('response', (response) => {
        let read = '';
        response.on('data', (chunk) => (read += String(chunk)));
        response.on('end', () => resolve(read));
      });
      request.end('text');
    });
    const { headers } = JSON.parse(text);
    expect(headers).toMatchObject({ 'x-thing': 'a, b' });
    expect(Object.keys(headers).filter((name) => /hop|cookie|connection/.test(name))).toEqual([]);
  });

  test('the body is text, with its bytes beside it, and status_code is the status and no part of the answer', async () => {
    const response = await fetch(`${host.url}/v1/ext/my-app/webhook/echo`, {
      method: 'POST',
      body: Buffer.from([0x68, 0xc3, 0xa9, 0xff]),
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ body: 'hé\uFFFD', raw: '68c3a9ff' });
  });

  test('the body is text whatever its type: JSON that does not parse, and a form in parts', async () => {
    expect((await post('/echo', '{"a":', { 'content-type': 'application/json' })).body.body).toBe('{"a":');
    const form = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n';
    const sent = await post('/echo', form, { 'content-type': 'multipart/form-data; boundary=x' });
    expect(sent.body.body).toBe(form);
  });

  test('a handler that returns nothing answers 200 with an empty object', async () => {
    expect(await post('/nothing')).toMatchObject({ status: 200, body: {} });
  });

  test('a result that is no object is a 500, and the log says what to return', async () => {
    const { status, body } = await post('/text');
    expect([status, JSON.stringify(body).includes('return an object')]).toEqual([500, false]);
    expect(host.logs.map(({ message }) => message).join('\n')).toContain(
      'ext.webhook("text") returned a string; return an object',
    );
  });

  test('a status_code that is no status is a 500', async () => {
    expect((await post('/odd')).status).toBe(500);
    expect(host.logs.map(({ message }) => message).join('\n')).toContain('no whole number from 100 to 599');
  });

  test('its description has the documented address', async () => {
    const response = await fetch(host.urlOf('ext.my_app', '/openapi.json'), {
      headers: { authorization: `Bearer ${host.operatorToken}` },
    });
    const { paths } = (await response.json()) as { paths: Record<string, object> };
    expect(Object.keys(paths)).toContain('/v1/ext/my-app/webhook/events');
  });

  test('operators see its names, and where each webhook is', () => {
    const status = host.registry.find('ext.my_app');
    expect(status).toMatchObject({
      name: 'My App',
      version: '1.0.0',
      description: 'My App — AI-powered tool for managing your resources.',
    });
    const events = status?.endpoints.find((endpoint) => endpoint.path === '/events');
    expect(events).toMatchObject({
      origin: 'ext.webhook("events")',
      aliases: [{ url: '/v1/ext/my-app/webhook/events', deprecated: false }],
    });
  });
});
