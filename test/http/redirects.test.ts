import { html, redirect } from '../../src/core/reply';
import { endpoint, startGateway, type GatewayUnderTest } from './gateway-under-test';

let host: GatewayUnderTest;
beforeEach(async () => {
  host = await startGateway();
});
afterEach(() => host.close());

const D = '/api/plugin/acme.demo';
const answering = (make: () => unknown) => {
  host.seat('acme.demo', endpoint('GET', '/', make));
  return host.call(D);
};

describe('redirect', () => {
  test.each([
    ['https://example.com/a?b=c&d=%C3%A9#e', undefined, 302],
    ['../elsewhere', 303, 303],
    ['/', 301, 301],
    ['?page=2', 307, 307],
    ['//other.example:8080/[::1]', 308, 308],
  ])('sends to %s', async (url, status, sent) => {
    const answer = await answering(() => redirect(url, status));
    expect([answer.status, answer.headers.get('location'), answer.text]).toEqual([sent, url, `See ${url}\n`]);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  test('takes a URL, which encodes what must be', async () => {
    const answer = await answering(() => redirect(new URL('/ü x', 'https://example.com')));
    expect(answer.headers.get('location')).toBe('https://example.com/%C3%BC%20x');
  });

  test.each(['a\r\nset-cookie: x=1', '/a b', '/ü', '', '/a\0', '/%zz', '/"', '<script>', '/\\evil.example'])(
    'refuses %j, and nothing of it leaves',
    async (url) => {
      const answer = await answering(() => redirect(url));
      expect([answer.status, answer.body.code, answer.headers.get('set-cookie')]).toEqual([
        500,
        'endpoint/bad-redirect',
        null,
      ]);
      expect(answer.headers.get('location')).toBeNull();
    },
  );

  test.each([200, 300, 304, 305, 400])('refuses the status %d', (status) => {
    expect(() => redirect('/', status)).toThrow(RangeError);
  });
});

test('html sends a page as it is written', async () => {
  const page = await answering(() => html('<p>hé</p>'));
  expect([page.status, page.text, page.headers.get('content-type')]).toEqual([
    200,
    '<p>hé</p>',
    'text/html; charset=utf-8',
  ]);
  expect((await answering(() => html('', 404))).status).toBe(404);
});
