import { join } from 'node:path';
import { Readable } from 'node:stream';
import compression from 'compression';
import cookieParser from 'cookie-parser';
import express from 'express';
import multer from 'multer';

const FILES = join(__dirname, 'parity-files');

/** Each feature of Express's documentation that a Router plugin may use, as one route. */
export function parityRouter(): express.Router {
  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('x-seen', 'yes');
    next();
  });
  requests(router);
  responses(router);
  files(router);
  bodies(router);
  routing(router);
  errors(router);
  return router;
}

function requests(r: express.Router): void {
  r.use('/cookies', cookieParser('signing-secret'));
  r.get('/cookies', ({ cookies, signedCookies }, s) => void s.json({ cookies, signedCookies }));
  r.get(
    '/req/urls',
    (q, s) =>
      void s.json({ url: q.url, path: q.path, base: q.baseUrl, original: q.originalUrl, method: q.method }),
  );
  r.get('/req/query', (q, s) => void s.json(q.query));
  r.get(
    '/req/net',
    (q, s) =>
      void s.json({
        ip: q.ip,
        ips: q.ips,
        protocol: q.protocol,
        secure: q.secure,
        hostname: q.hostname,
        sub: q.subdomains,
        xhr: q.xhr,
      }),
  );
  r.get('/req/get', (q, s) => void s.json([q.get('accept'), q.get('Referrer'), q.header('X-None') ?? null]));
  r.get(
    '/req/accepts',
    (q, s) =>
      void s.json([
        q.accepts('html', 'json'),
        q.acceptsCharsets('utf-8'),
        q.acceptsEncodings('gzip'),
        q.acceptsLanguages('en', 'de'),
      ]),
  );
  r.post('/req/is', (q, s) => void s.json([q.is('json'), q.is('text/*'), q.is('html')]));
  r.get('/req/range', (q, s) => void s.json(q.range(1000) ?? null));
  r.get('/req/fresh', (q, s) => void s.set('ETag', '"v1"').json({ fresh: q.fresh, stale: q.stale }));
  r.get(
    '/req/app',
    (q, s) =>
      void s.json(
        ['etag', 'trust proxy', 'query parser', 'env', 'x-powered-by', 'subdomain offset', 'json spaces'].map(
          (name) => q.app.get(name) ?? null,
        ),
      ),
  );
  r.get(
    '/req/route',
    (q, s) => void s.json({ route: q.route.path, locals: Object.keys(s.locals), params: q.params }),
  );
  r.get(
    '/req/links',
    (q, s) =>
      void s.json({
        res: q.res === s,
        req: s.req === q,
        app: q.app === s.app,
        next: typeof q.next,
        body: q.body ?? null,
      }),
  );
}

function responses(r: express.Router): void {
  r.get('/res/json', (_q, s) => void s.json({ a: 1, nested: { list: [1, 'two', null] } }));
  r.get(
    '/res/json-values/:n',
    (q, s) => void s.json([null, 'text', 5, true, [], undefined][Number(q.params.n)]),
  );
  r.get('/res/json-status', (_q, s) => void s.status(201).json({ made: true }));
  r.get('/res/json-204', (_q, s) => void s.status(204).json({ a: 1 }));
  r.get('/res/json-205', (_q, s) => void s.status(205).json({ a: 1 }));
  r.get('/res/json-type', (_q, s) => void s.type('application/vnd.api+json').json({ a: 1 }));
  r.get('/res/json-etag', (_q, s) => void s.set('ETag', '"own"').json({ a: 1 }));
  r.get('/res/json-unicode', (_q, s) => void s.json({ text: 'é日本\u2028' }));
  r.get('/res/json-large', (_q, s) => void s.json({ text: 'x'.repeat(20_000) }));
  r.get('/res/jsonp', (_q, s) => void s.jsonp({ a: 1 }));
  r.get('/res/send-text', (_q, s) => void s.send('plain <b>'));
  r.get('/res/send-object', (_q, s) => void s.send({ a: 1 }));
  r.get('/res/send-buffer', (_q, s) => void s.send(Buffer.from('bytes')));
  r.get('/res/send-null', (_q, s) => void s.send(null));
  r.get('/res/send-nothing', (_q, s) => void s.send());
  r.get('/res/send-large', (_q, s) => void s.type('txt').send('long '.repeat(1_000)));
  r.get('/res/end', (_q, s) => void s.end('raw'));
  r.get('/res/write', (_q, s) => (s.write('a'), void s.end('b')));
  r.get('/res/status', (_q, s) => void s.sendStatus(202));
  r.get(
    '/res/headers',
    (_q, s) => void s.set({ 'X-A': '1' }).append('X-B', ['2', '3']).vary('Accept').type('txt').send('ok'),
  );
  r.get(
    '/res/links',
    (_q, s) => void s.links({ next: '/p2', last: '/p9' }).location('/elsewhere').sendStatus(200),
  );
  r.get(
    '/res/cookie',
    (_q, s) =>
      void s.cookie('a', { b: 1 }, { httpOnly: true, path: '/x', maxAge: 0 }).clearCookie('old').send('ok'),
  );
  r.get(
    '/res/signed',
    cookieParser('signing-secret'),
    (_q, s) => void s.cookie('who', 'me', { signed: true }).send('ok'),
  );
  r.get('/res/redirect', (_q, s) => s.redirect('/target?a=1'));
  r.get('/res/redirect-301', (_q, s) => s.redirect(301, 'relative'));
  r.get(
    '/res/format',
    (_q, s) =>
      void s.format({ text: () => s.send('t'), html: () => s.send('<p>'), json: () => s.json({ j: 1 }) }),
  );
  r.get('/res/stream', (_q, s) => void Readable.from(['a', 'b', 'c']).pipe(s.type('txt')));
  r.get(
    '/res/locals',
    (_q, s, next) => ((s.locals.user = 'me'), next()),
    (_q, s) => void s.json(s.locals),
  );
  r.get('/res/head-only', (_q, s) => void s.set('Content-Length', '7').end('1234567'));
  r.get('/res/compressed', compression({ threshold: 0 }), (_q, s) => void s.json({ text: 'x'.repeat(500) }));
  r.get(
    '/res/patched-send',
    (_q, s, next) => {
      const send = s.send.bind(s);
      s.send = (body) => send(typeof body === 'string' ? `${body} patched` : body);
      next();
    },
    (_q, s) => void s.json({ a: 1 }),
  );
}

function files(r: express.Router): void {
  r.get('/file', (_q, s) => s.sendFile(join(FILES, 'page.txt')));
  r.get('/file-options', (_q, s) =>
    s.sendFile('page.txt', { root: FILES, maxAge: '1d', headers: { 'x-file': '1' } }),
  );
  r.get('/file-missing', (_q, s) => s.sendFile(join(FILES, 'none.txt')));
  r.get('/file-outside', (_q, s) => s.sendFile('../parity-router.ts', { root: FILES }));
  r.get('/download', (_q, s) => s.download(join(FILES, 'page.txt'), 'n\u00e4me.txt'));
  r.get('/attachment', (_q, s) => void s.attachment('a.csv').send('a,b'));
  r.use('/static', express.static(FILES));
}

function bodies(r: express.Router): void {
  r.post('/body/json', express.json({ limit: 1_000 }), (q, s) => void s.json(q.body ?? null));
  r.post('/body/form', express.urlencoded({ extended: true }), (q, s) => void s.json(q.body ?? null));
  r.post('/body/text', express.text(), (q, s) => void s.json(q.body ?? null));
  r.post('/body/raw', express.raw({ type: '*/*' }), (q, s) => void s.json(String(q.body)));
  r.post(
    '/body/upload',
    multer().any(),
    (q, s) =>
      void s.json({
        body: { ...q.body },
        files: (q.files as Express.Multer.File[]).map((f) => [f.fieldname, f.originalname, f.size]),
      }),
  );
  r.post('/body/unread', (_q, s) => void s.send('unread'));
}

function routing(r: express.Router): void {
  r.param(
    'id',
    (q, _s, next, id) => (((q as unknown as { loaded: string }).loaded = `<${String(id)}>`), next()),
  );
  r.get('/items/:id', (q, s) => void s.json([q.params.id, (q as unknown as { loaded: string }).loaded]));
  r.get('/splat/*rest', (q, s) => void s.json(q.params));
  r.get(/^\/re\/(\d+)$/, (q, s) => void s.json({ ...q.params }));
  r.get(['/one', '/two'], (q, s) => void s.send(q.path));
  r.get('/optional{/:part}', (q, s) => void s.json(q.params));
  r.route('/chain')
    .get((_q, s) => void s.send('get'))
    .post((_q, s) => void s.send('post'))
    .put((_q, s) => void s.send('put'));
  r.all('/all', (q, s) => void s.send(q.method));
  r.get(
    '/skip',
    (_q, _s, next) => next('route'),
    (_q, s) => void s.send('never'),
  );
  r.get('/skip', (_q, s) => void s.send('skipped to'));
  const child = express.Router({ mergeParams: true });
  child.get('/leaf', (q, s) => void s.json({ params: q.params, base: q.baseUrl, url: q.url }));
  child.get('/out', (_q, _s, next) => next('router'));
  r.use('/sub/:root', child);
  r.get('/sub/:root/out', (_q, s) => void s.send('after child'));
  const strict = express.Router({ strict: true, caseSensitive: true });
  strict.get('/Case', (_q, s) => void s.send('exact'));
  r.use('/strict', strict);
  const app = express();
  app.disable('x-powered-by').set('json spaces', 2);
  app.get(
    '/',
    (q, s) => void s.json({ spaces: q.app.get('json spaces'), base: q.baseUrl, mount: app.mountpath }),
  );
  r.use('/app', app);
}

function errors(r: express.Router): void {
  r.get('/error/throw', () => {
    throw new Error('thrown');
  });
  r.get('/error/async', async () => Promise.reject(new Error('rejected')));
  r.get('/error/status', (_q, _s, next) => next(Object.assign(new Error('teapot'), { status: 418 })));
  r.get('/error/response-status', (_q, s, next) => (s.status(409), next(new Error('conflict'))));
  r.get('/error/handled', () => {
    throw new Error('for the handler');
  });
  r.get('/error/param/:id', (q, s) => void s.send(q.params.id));
  r.use(
    '/error/handled',
    ((error: Error, _q, s, _next) =>
      void s.status(422).json({ handled: error.message })) as express.ErrorRequestHandler,
  );
}
