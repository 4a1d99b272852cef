import { Router } from 'express';
import { routerDeclaration } from '../../src/plugins/mounted-router';

const nothing = () => undefined;
function owns(router: Router): (path: string) => boolean {
  const { serve } = routerDeclaration('test', () => router, {});
  return (path) => 'router' in serve && serve.owns(path);
}

describe('a mounted Router owns', () => {
  test('paths of its routes, for any method, with or without the last slash, in any case', () => {
    const router = Router();
    router.post('/github', nothing);
    router.get(['/a', '/b/c/'], nothing);
    router.get('/', nothing);
    const has = owns(router);
    for (const path of ['/github', '/github/', '/GitHub', '/a', '/b/c', '/'])
      expect([path, has(path)]).toEqual([path, true]);
    for (const path of ['/githu', '/github/x', '/b', '/c']) expect([path, has(path)]).toEqual([path, false]);
  });

  test('case matters where the Router says so', () => {
    const router = Router({ caseSensitive: true });
    router.get('/A', nothing);
    expect([owns(router)('/A'), owns(router)('/a')]).toEqual([true, false]);
  });

  test('paths of Routers it mounts at literal prefixes, however deep', () => {
    const inner = Router();
    inner.get('/leaf', nothing);
    inner.get('/', nothing);
    const middle = Router();
    middle.use('/deep', inner);
    middle.use(inner);
    const router = Router();
    router.use('/sub/', middle);
    const has = owns(router);
    for (const path of ['/sub/deep/leaf', '/sub/deep', '/sub/leaf', '/sub'])
      expect([path, has(path)]).toEqual([path, true]);
    for (const path of ['/leaf', '/sub/deep/x', '/subdeep/leaf', '/'])
      expect([path, has(path)]).toEqual([path, false]);
  });

  test('nothing that only a pattern or middleware would match', () => {
    const inner = Router();
    inner.get('/leaf', nothing);
    const router = Router();
    router.use(nothing);
    router.get('/:id', nothing);
    router.get(/^\/regexp$/, nothing);
    router.get('/*splat', nothing);
    router.use('/:tenant', inner);
    const has = owns(router);
    for (const path of ['/x', '/regexp', '/:id', '/x/leaf']) expect([path, has(path)]).toEqual([path, false]);
  });

  test('and a Router that mounts itself ends', () => {
    const router = Router();
    router.use(router);
    expect(owns(router)('/x')).toBe(false);
  });
});
