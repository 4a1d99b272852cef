// What must and must not compile; read by the type check, never run.
/* eslint @typescript-eslint/no-unused-vars: ['error', { args: 'none', varsIgnorePattern: '^_' }] -- values are read by their types */
import { type } from 'arktype';
import { Router } from 'express';
import * as v from 'valibot';
import { z } from 'zod';
import type { Exchange, UploadedFile } from '../../src/core/exchange';
import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import type { ServerSocket } from '../../src/core/server-socket';
import { createRouter } from '../../src/plugins/api-router';
import { Endpoint, GatePlugin, Get, MountRouter, OnError, Post, Socket } from '../../src/plugins/decorators';
import type { ExchangeAt, ExchangeOf } from '../../src/plugins/endpoint-types';
import { inject } from '../../src/plugins/injected';
import { PluginBase } from '../../src/plugins/plugin';
import { withBody } from '../../src/plugins/provided';
import { Logger } from '../../src/plugins/tokens';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_T extends true>(): void => undefined;

const info = { author: 'acme', module: 'ci', name: 'CI', version: '1.0.0', description: '' };
const plugin = new PluginBase(info);
const User = z.object({ id: z.number(), name: z.string() });
class Store {
  readonly size = 1;
}

// What schemas make reaches the handler; what it returns is what the response takes.
plugin
  .get(
    '/users/:id',
    {
      params: z.object({ id: z.coerce.number() }),
      query: z.object({ limit: z.coerce.number().default(10), since: z.date().optional() }),
      headers: z.object({ 'x-tenant': z.string() }),
      response: User,
      status: 200,
      errors: { 404: { description: 'No such user' } },
    },
    async ({ params, query, headers }) => {
      holds<Same<typeof params, { id: number }>>();
      holds<Same<typeof query, { limit: number; since?: Date | undefined }>>();
      holds<Same<(typeof headers)['x-tenant'], string>>();
      return params.id === 0 ? reply(404) : { id: params.id, name: headers['x-tenant'] };
    },
  )
  .post('/users', { body: User, status: 201, tags: ['users'] }, ({ body, files }) => {
    holds<Same<typeof body, { id: number; name: string }>>();
    return files;
  })
  .put('/valibot', { body: v.object({ at: v.pipe(v.string(), v.transform(Number)) }) }, ({ body }) => {
    holds<Same<typeof body, { at: number }>>();
  })
  .patch('/arktype', { body: type({ name: 'string' }) }, ({ body }) => {
    holds<Same<typeof body.name, string>>();
  })
  .post('/form', { body: { kind: 'form', schema: User } }, ({ body }) => body.id)
  .post('/json', { body: { kind: 'json', schema: User, limitBytes: 5 } }, ({ body }) => body.name)
  .endpoint({ method: 'POST', path: '/whole/:a', body: User }, ({ body, params }) => [body.id, params.a]);

plugin.post('/raw', { body: { kind: 'raw', limitBytes: 5 } }, ({ body }) => {
  // @ts-expect-error nothing is known of it
  void body.name;
});
plugin.post(
  '/upload/:id',
  {
    files: { report: { required: true, types: ['text/*'] }, extra: { maxCount: 3 }, note: {} },
    fields: { title: { required: true }, hint: {} },
    onProgress: ({ receivedBytes }) => receivedBytes,
  },
  ({ files, fields, params }) => {
    holds<Same<typeof files.report, UploadedFile>>();
    holds<Same<typeof files.extra, readonly UploadedFile[]>>();
    holds<Same<typeof files.note, UploadedFile | undefined>>();
    holds<Same<typeof fields.hint, string | readonly string[] | undefined>>();
    return [fields.title, params.id];
  },
);
plugin.post('/fields', { fields: z.object({ count: z.coerce.number() }) }, ({ fields }) => fields.count + 1);

// @ts-expect-error the schema makes a number of it
plugin.get('/u/:id', { params: z.object({ id: z.coerce.number() }) }, ({ params }) => params.id.length);
// @ts-expect-error the body has no such name
plugin.post('/u', { body: User }, ({ body }) => body.nickname);
// @ts-expect-error no such field of the form
plugin.post('/u', { fields: { a: {} } }, ({ fields }) => fields.b);
// @ts-expect-error the response has a name
plugin.get('/u', { response: User }, () => ({ id: 1 }));
// @ts-expect-error the response's id is a number
plugin.get('/u', { response: User }, async () => ({ id: '1', name: 'x' }));
// @ts-expect-error a string is no schema
plugin.get('/u', { query: 'limit' }, () => 1);
// @ts-expect-error no such option
plugin.get('/u', { query: z.object({}), sumary: 'x' }, () => 1);
// @ts-expect-error ignore or refuse
plugin.get('/u', { unknown: 'strip' }, () => 1);
// @ts-expect-error a schema is of JSON or a form
plugin.post('/u', { body: { kind: 'raw', schema: User } }, ({ body }) => body.id);

// What is provided stands on the exchange.
plugin.post(
  '/orders',
  {
    body: User,
    provide: {
      me: async ({ headers }) => ({ name: headers.get('x') ?? '' }),
      now: () => new Date(),
      store: inject(Store),
      log: inject(Logger),
      db: inject<{ query(): number }>('db'),
      owner: withBody(({ body }: { body: { id: number } }) => body.id),
      seen: withBody(async (exchange) => exchange.raw.length),
    },
    lane: ({ ip }) => ip,
  },
  ({ me, now, store, log, db, owner, seen, body }) => {
    holds<Same<typeof me, { name: string }>>();
    holds<Same<typeof now, Date>>();
    holds<Same<typeof store, Store>>();
    holds<Same<typeof log, Logger>>();
    holds<Same<typeof owner, number>>();
    holds<Same<typeof seen, number>>();
    return [db.query(), body.name];
  },
);
plugin.get(
  '/tasks/:id',
  {
    provide: {
      task: async ({ params, query, headers }) => {
        holds<Same<typeof query.deep, boolean>>();
        return { id: params.id + 1, by: headers['x-by'] };
      },
    },
    params: z.object({ id: z.coerce.number() }),
    query: z.object({ deep: z.stringbool() }),
    headers: z.object({ 'x-by': z.string() }),
  },
  ({ task, params }) => task.id + params.id + task.by.length,
);
const whoAsks = ({ ip }: Exchange): string => ip;
plugin.get('/who', { provide: { who: whoAsks } }, ({ who }) => who.length);
plugin.socket(
  '/who/:id',
  { params: z.object({ id: z.number() }), provide: { twice: ({ params }) => params.id * 2 } },
  (socket, { twice }) => socket.send(twice + 1),
);
const numbered = z.object({ id: z.number() });
// @ts-expect-error the schema makes a number of it
plugin.get('/w/:id', { params: numbered, provide: { a: (x) => x.params.id.at(0) } }, () => 1);
// @ts-expect-error nothing of that name is provided
plugin.get('/me', { provide: { me: () => 1 } }, ({ you }) => you);
// @ts-expect-error a value is no provider
plugin.get('/me', { provide: { me: 1 } }, ({ me }) => me);

// Routers type what was provided before, and the names in their prefix.
const members = createRouter<{ user: User }>().get('/list/:page', ({ user, params }) => [
  user.id,
  params.page,
]);
interface User {
  readonly id: number;
}
const orgs = createRouter({ prefix: '/orgs/:org', tags: ['orgs'] })
  .get('/about', ({ params }) => params.org)
  .provide({ user: async (): Promise<User> => ({ id: 1 }) });
orgs.post('/rename', { body: z.object({ name: z.string() }) }, ({ params, user, body }) => {
  holds<Same<typeof user, User>>();
  return [params.org, user.id, body.name];
});
orgs.provide({ twice: ({ user }) => user.id * 2 }).get('/twice', ({ twice, user }) => twice - user.id);
orgs.provide({ order: ({ user }) => user.id }, { needs: 'body' }).get('/o', ({ order }) => order);
orgs.include(members).use((_request, _response, next) => next());
plugin.mountRouter(() => orgs, { path: '/v1' }).mountRouter(() => Router());
createRouter({ provide: { user: (): User => ({ id: 1 }) } }).include(members);

// @ts-expect-error the path and the prefix have no such name
orgs.get('/x/:id', ({ params }) => params.page);
// @ts-expect-error it is not provided yet
createRouter().get('/x', ({ user }) => user);
// @ts-expect-error nobody provides what it needs
createRouter().include(members);
// @ts-expect-error nobody provides what it needs
plugin.mountRouter(() => members);
// @ts-expect-error the factory cannot be async
plugin.mountRouter(async () => orgs);
// @ts-expect-error no such option
createRouter({ path: '/x' });

class NotFound extends Error {
  readonly what: string = 'x';
}
plugin
  .onError(NotFound, ({ what }) => new HttpError(404, what))
  .onError(RangeError, ({ message }) => reply(400, { message }));
// @ts-expect-error such an error has no such member
plugin.onError(NotFound, ({ why }) => new HttpError(404, why));
// @ts-expect-error an answer, not a value
plugin.onError(NotFound, () => 404);

plugin.static('/assets', 'public', { maxAgeMs: 60_000, index: 'index.html', access: 'operator' });
// @ts-expect-error no such option
plugin.static('/assets', 'public', { maxAge: 60 });

plugin
  .socket('/echo', async (socket) => {
    for await (const message of socket) await socket.send(message);
  })
  .socket(
    '/rooms/:room',
    { query: z.object({ since: z.coerce.number() }), provide: { me: () => 'x' }, protocols: ['v1'] },
    (socket, { params, query, me }) => socket.send([params.room, query.since + 1, me.length]),
  );
// @ts-expect-error a handshake has no body
plugin.socket('/echo', (_socket, { body }) => body);
// @ts-expect-error no such option
plugin.socket('/echo', { answer: 'accept' }, () => undefined);

const saving = { body: User, response: User, provide: { me: () => 5 } };
holds<Same<ExchangeOf<typeof saving, '/x/:id'>['params'], { readonly id: string }>>();
holds<Same<ExchangeOf<typeof saving>['body'], { id: number; name: string }>>();
holds<Same<ExchangeOf<typeof saving>['me'], number>>();

@GatePlugin(info)
export class Ci {
  @Get('/users/:id', { params: z.object({ id: z.coerce.number() }) })
  user({ params }: { params: { id: number } }): number {
    return params.id;
  }
  @Post('/save', saving)
  save({ body, me }: ExchangeOf<typeof saving>): { id: number; name: string } {
    return { ...body, id: me };
  }
  @Endpoint({ method: 'PUT', path: '/store', provide: { store: inject(Store) } })
  store({ store }: { store: Store }): number {
    return store.size;
  }
  @MountRouter({ path: '/v1' }) routes() {
    return createRouter().get('/x', () => 1);
  }
  @OnError(NotFound) missing({ what }: NotFound): HttpError {
    return new HttpError(404, what);
  }
  @Socket('/echo/:id') echo(socket: ServerSocket, { params }: { params: { id: string } }): void {
    socket.close(1000, params.id);
  }

  // @ts-expect-error the schema makes a number of it
  @Get('/users/:id', { params: z.object({ id: z.coerce.number() }) })
  wrong({ params }: ExchangeAt<'/users/:id'>): string {
    return params.id;
  }
  // @ts-expect-error the response has a name
  @Post('/save', saving) nameless(): { id: number } {
    return { id: 1 };
  }
  // @ts-expect-error another value is provided
  @Endpoint({ method: 'PUT', path: '/store', provide: { store: inject(Store) } })
  other({ store }: { store: number }): number {
    return store;
  }
  // @ts-expect-error an Express Router or what createRouter() made
  @MountRouter() nothing(): void {}
}
