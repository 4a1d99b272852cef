import { z } from 'zod';
import { endpoint, keyOf, OPERATOR, sendRaw } from '../http/gateway-under-test';
import { mountOf, run } from './described';
import { startDocsHost, type DocsHost } from './docs-host';

const hosts: DocsHost[] = [];
afterAll(() => Promise.all(hosts.map((host) => host.close())));

async function hostWith(access: 'off' | 'operator' | 'public'): Promise<DocsHost> {
  const host = await startDocsHost(access);
  hosts.push(host);
  host.put(
    'acme.ci',
    endpoint('GET', '/builds/:id', () => ({ id: 1 }), { schema: { params: z.object({ id: z.number() }) } }),
  );
  return host;
}

const asOperator = { headers: { authorization: OPERATOR } };
const DOCUMENT = '/api/plugin/acme.ci/openapi.json';
const PAGE = '/api/plugin/acme.ci/docs';

describe('a document', () => {
  test('is sent with its tag, and only once to who has it', async () => {
    const host = await hostWith('public');
    const first = await host.call(DOCUMENT);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Object.keys(first.body.paths)).toEqual(['/api/plugin/acme.ci/builds/{id}']);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    // Not by fetch, which says `cache-control: no-cache` itself where a condition is given.
    const again = await sendRaw(
      host.port,
      `GET ${DOCUMENT} HTTP/1.1\r\nHost: x\r\nIf-None-Match: ${etag}\r\nConnection: close\r\n\r\n`,
    );
    expect(again).toMatch(/^HTTP\/1\.1 304 /);
    expect(again.split('\r\n\r\n')[1]).toBe('');
    const head = await host.call(DOCUMENT, { method: 'HEAD' });
    expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', etag]);
  });

  test('changes with a reload of its plugin, and ends with it', async () => {
    const host = await hostWith('public');
    const before = await host.call(DOCUMENT);
    host.put('acme.ci', endpoint('POST', '/other', run));
    const after = await host.call(DOCUMENT);
    expect(Object.keys(after.body.paths)).toEqual(['/api/plugin/acme.ci/other']);
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    const key = keyOf('acme.ci');
    host.table.vacate(key, { key, why: 'failed', mount: mountOf('acme.ci') });
    for (const path of [DOCUMENT, PAGE]) {
      const absent = await host.call(path);
      expect([absent.status, absent.body.code]).toEqual([503, 'plugin/not-ready']);
      expect(absent.headers.get('retry-after')).toBe('5');
    }
    host.table.remove(key);
    expect((await host.call(DOCUMENT)).status).toBe(404);
    expect((await host.call(PAGE)).status).toBe(404);
    expect((await host.call('/api/plugin/no.such/openapi.json')).status).toBe(404);
  });

  test('is the operator’s where nothing else is said; its page is not', async () => {
    const host = await hostWith('operator');
    const refused = await host.call(DOCUMENT);
    expect([refused.status, refused.body.code]).toEqual([401, 'request/unauthorized']);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect((await host.call(DOCUMENT, { headers: { authorization: `${OPERATOR}x` } })).status).toBe(401);
    expect((await host.call(DOCUMENT, asOperator)).status).toBe(200);
    const page = await host.call(PAGE);
    expect(page.status).toBe(200);
    expect(page.text).toContain('data-access="operator"');
    expect(page.text).not.toContain('builds');
  });

  test('and its page are not there where they are switched off', async () => {
    const host = await hostWith('off');
    for (const path of [DOCUMENT, PAGE, `${PAGE}/docs.js`, `${PAGE}/swagger-ui.css`])
      expect((await host.call(path, asOperator)).status).toBe(404);
    expect((await host.call('/api/openapi.json', asOperator)).status).toBe(200);
  });

  test('answers GET, HEAD and OPTIONS, and says so to the rest', async () => {
    const host = await hostWith('public');
    for (const path of [DOCUMENT, PAGE, `${PAGE}/docs.js`, '/api/openapi.json']) {
      const refused = await host.call(path, { method: 'POST' });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
      expect((await host.call(path, { method: 'OPTIONS' })).status).toBe(204);
    }
  });

  test('that cannot be made is the plugin’s fault and stays between it and the operator', async () => {
    const host = await hostWith('public');
    const broken = endpoint('GET', '/x', run, {
      reach: 'subtree',
      method: 'ALL',
      serve: {
        router: (() => undefined) as never,
        owns: () => false,
        routes: () => {
          throw new Error('a Router of another kind');
        },
      },
    });
    host.put('acme.broken', broken);
    const answer = await host.call('/api/plugin/acme.broken/openapi.json');
    expect([answer.status, answer.body.code]).toEqual([500, 'internal/unexpected']);
    expect(answer.text).not.toContain('another kind');
    expect(host.log.some(({ message }) => message.includes('acme.broken cannot be described'))).toBe(true);
    expect(() => host.descriptions.ofPlugin('acme.broken')).toThrow(
      expect.objectContaining({ code: 'api/cannot-describe' }),
    );
    const whole = await host.call('/api/openapi.json', asOperator);
    expect(Object.keys(whole.body.paths)).toContain('/api/plugin/acme.ci/builds/{id}');
  });
});

describe('the page', () => {
  test('may run what the host sent and nothing else', async () => {
    const host = await hostWith('public');
    const page = await host.call(PAGE);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(page.text).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page.text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  test('has its files, and gives out no others', async () => {
    const host = await hostWith('public');
    const types = { 'docs.js': 'text/javascript', 'docs.css': 'text/css', 'swagger-ui.css': 'text/css' };
    for (const [name, type] of Object.entries({ ...types, 'swagger-ui-bundle.js': 'text/javascript' })) {
      const file = await host.call(`${PAGE}/${name}`);
      expect(file.status).toBe(200);
      expect(file.headers.get('content-type')).toContain(type);
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    }
    for (const name of [
      'package.json',
      'index.html',
      'swagger-initializer.js',
      'docs.html',
      'settings.js',
      '..%2Fpackage.json',
    ])
      expect((await host.call(`${PAGE}/${name}`)).status).toBe(404);
    expect((await host.call(`${PAGE}/a/b`)).status).toBe(404);
  });

  test('stands at one address, relative to where it was asked for', async () => {
    const host = await hostWith('public');
    const moved = await host.call(`${PAGE}/`);
    expect([moved.status, moved.headers.get('location')]).toEqual([308, '../docs']);
  });

  test('wins over a Router and over an endpoint that takes any name', async () => {
    const host = await hostWith('public');
    host.put(
      'acme.ci',
      endpoint('GET', '/:name', () => 'the plugin'),
    );
    expect((await host.call(PAGE)).text).toContain('<main');
    expect((await host.call('/api/plugin/acme.ci/other')).body).toBe('the plugin');
  });
});

describe('the document of the whole host', () => {
  test('is the operator’s, whoever may read those of plugins', async () => {
    const host = await hostWith('public');
    expect((await host.call('/api/openapi.json')).status).toBe(401);
    expect((await host.call('/api/openapi.json', asOperator)).status).toBe(200);
  });
});
