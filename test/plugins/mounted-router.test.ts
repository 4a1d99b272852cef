import { Router } from 'express';
import { routerDeclaration } from '../../src/plugins/mounted-router';

const nothing = () => undefined;
function owns(router: Router): (path: string) => boolean {
  const { serve } = routerDeclaration('test', router, {});
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

describe('a mounted Router tells its routes', () => {
  function routes(router: Router): string[] {
    const { serve } = routerDeclaration('test', router, {});
    return 'router' in serve ? (serve.routes?.() ?? []).map(({ method, path }) => `${method} ${path}`) : [];
  }

  test('as they are written, those of Routers inside it too', () => {
    const leaf = Router();
    leaf.get('/', nothing);
    leaf.get('/leaf/*rest', nothing);
    const router = Router();
    router.get('/users/:id', nothing);
    router.route('/both').post(nothing).put(nothing);
    router.all('/any', nothing);
    router.delete(['/a', '/b/'], nothing);
    router.use('/tenants/:tenant', leaf);
    router.use(['/x', '/y'], Router().get('/z', nothing));
    router.use(Router().patch('bare', nothing));
    expect(routes(router)).toEqual([
      'GET /users/:id',
      'POST /both',
      'PUT /both',
      'ALL /any',
      'DELETE /a',
      'DELETE /b',
      'GET /tenants/:tenant',
      'GET /tenants/:tenant/leaf/*rest',
      'GET /x/z',
      'GET /y/z',
      'PATCH /bare',
    ]);
  });

  test('without those that are no path, each once', () => {
    const router = Router();
    router.get(/^\/regexp$/, nothing);
    router.use(/^\/pattern/, Router().get('/behind', nothing));
    router.use(nothing);
    router.get('/twice', nothing);
    router.get('/twice', nothing);
    router.use('/self', router);
    expect(routes(router)).toEqual(['GET /twice']);
  });

  test('and those that are added later', () => {
    const router = Router();
    const told = () => routes(router);
    expect(told()).toEqual([]);
    router.get('/late', nothing);
    expect(told()).toEqual(['GET /late']);
  });
});
