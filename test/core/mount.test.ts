import { Router } from 'express';
import type { Declaration } from '../../src/core/declaration';
import { aliasOf, effectOf, endpointOf, keyOf, mountOf, taskOf } from './plain-mount';
import { shortBase } from '../../src/core/mount';

const refusal = (...declarations: Declaration[]): string => {
  try {
    mountOf('acme.ci', declarations);
  } catch (error) {
    expect((error as { code?: string }).code).toBe('mount/invalid');
    return (error as Error).message;
  }
  throw new Error('the mount was built');
};
const paths = (...declarations: Declaration[]) =>
  mountOf('acme.ci', declarations).endpoints.map(({ path }) => path);

describe('a mount', () => {
  test('sorts declarations by kind and is frozen', () => {
    const mount = mountOf('acme.ci', [taskOf('t'), endpointOf('/a'), effectOf('e')]);
    expect([mount.endpoints.length, mount.tasks.length, mount.effects.length]).toEqual([1, 1, 1]);
    for (const part of [mount, mount.info, mount.endpoints, mount.endpoints[0], mount.tasks, mount.effects])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test('gives each path one leading slash and no trailing one', () => {
    expect(paths(endpointOf('a/b/'), endpointOf('/'), endpointOf('', { method: 'POST' }))).toEqual([
      '/a/b',
      '/',
      '/',
    ]);
  });

  test('claims the short addresses of its module', () => {
    expect(shortBase(keyOf('acme.ci'))).toBe('/api/plugin/ci/webhook');
  });
});

describe('an address that plugins share', () => {
  test('is refused to what reads the request itself, for the body is read once', () => {
    const aliases = [aliasOf('/api/webhook', '/gh')];
    expect(refusal(endpointOf('/gh', { aliases, body: { kind: 'stream' } }))).toMatch(
      /"stream" reads the request itself and cannot share \/api\/webhook\/gh/,
    );
    const serve = { router: Router(), owns: () => false };
    expect(refusal(endpointOf('/', { aliases, reach: 'subtree', serve }))).toMatch(
      /a Router .* cannot share/,
    );
    const sole = [aliasOf('/api/plugin/acme.ci/webhook', '/gh', 'sole')];
    expect(paths(endpointOf('/gh', { aliases: sole, body: { kind: 'stream' } }))).toEqual(['/gh']);
  });
});

describe('paths', () => {
  test('may hold literals, whole-segment parameters and a last wildcard', () => {
    expect(paths(endpointOf('/a.b-c_~/:id/x/*rest'))).toHaveLength(1);
  });

  test.each([
    '/a//b',
    '/:id?',
    '/x:id',
    '/:1',
    '/*',
    '/*a/b',
    '/(a|b)',
    '/a+',
    '/a b/..',
    '/./a',
    '/a%20',
    '/a?b',
    '/a#b',
    '/[a]',
    '/{a}',
  ])('%s is refused', (path) => {
    expect(refusal(endpointOf(path))).toContain(path);
  });

  test('a parameter that stands twice is refused', () => {
    expect(refusal(endpointOf('/:id/x/:id'))).toContain('parameter "id" stands twice');
  });

  test.each(['webhook', 'openapi.json', 'docs', '__webui__'])("the host's own /%s is refused", (segment) => {
    expect(refusal(endpointOf(`/${segment}/x`))).toContain('belongs to the host');
  });
});

describe('conflicts', () => {
  test('every issue is reported at once, each naming its origin', () => {
    const message = refusal(endpointOf('/a//b'), endpointOf('/docs'), taskOf('t'), taskOf('t'));
    expect(message.match(/\n {2}- /g)).toHaveLength(3);
    expect(message).toContain('endpoint(GET /docs)');
    expect(message).toContain('two tasks are named "t"');
  });

  test('one method and path twice is refused, parameter names aside', () => {
    expect(refusal(endpointOf('/x/:id'), endpointOf('/x/:name'))).toContain('both declare GET');
  });

  test('other methods, literals beside parameters and subtrees are no conflict', () => {
    const subtree = endpointOf('/x', { reach: 'subtree' });
    expect(
      paths(
        endpointOf('/x/:id'),
        endpointOf('/x/:id', { method: 'POST' }),
        endpointOf('/x/y'),
        subtree,
        subtree,
      ),
    ).toHaveLength(5);
  });

  test('one alias address claimed twice for a method is refused', () => {
    const alias = { aliases: [aliasOf('/api/webhook', '/github')] };
    expect(refusal(endpointOf('/a', alias), endpointOf('/b', alias))).toContain('both declare');
  });
});

describe('an endpoint that yields', () => {
  const old = endpointOf('/github', {
    yields: true,
    method: 'POST',
    aliases: [aliasOf('/api/webhook', '/github')],
  });

  test('keeps its own path when nothing else claims it', () => {
    expect(paths(old, endpointOf('/gitlab'))).toEqual(['/github', '/gitlab']);
  });

  test('loses its path, never its aliases, to a declared endpoint', () => {
    const [first] = mountOf('acme.ci', [old, endpointOf('/github')]).endpoints;
    expect(first).toMatchObject({ path: '', aliases: [{ path: '/github' }] });
  });

  test('loses it to a Router only where the Router has a route of that path', () => {
    const subtree = (path: string, owned: string) =>
      endpointOf(path, {
        reach: 'subtree',
        method: 'ALL',
        serve: { router: Router(), owns: (asked) => asked === owned },
      });
    expect(paths(old, subtree('/', '/github'))[0]).toBe('');
    expect(paths(old, subtree('/github', '/'))[0]).toBe('');
    expect(paths(old, subtree('/', '/other'))[0]).toBe('/github');
    expect(paths(old, subtree('/git', '/hub'))[0]).toBe('/github');
  });

  test("loses it to the host's own segments instead of being refused", () => {
    expect(paths(endpointOf('/docs', { yields: true }))).toEqual(['']);
  });
});
