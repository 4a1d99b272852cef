import express, { Router } from 'express';
import { HostError } from '../core/errors';
import type { UsersDesk } from './users-desk';

/** The users' part of the operator API, below `/users`: `GET /`, and `GET`, `PUT` (`{ channel }`) and `DELETE` of `/<id>`. */
export function createUsersRouter(desk: () => UsersDesk): Router {
  const router = Router({ caseSensitive: true });
  router.get('/', async (_request, response) => {
    response.json({ users: await desk().list() });
  });
  router.get('/:id', async ({ params: { id } }, response) => {
    response.json(await desk().show(id));
  });
  router.put('/:id', express.json({ limit: '16kb' }), async ({ params: { id }, body }, response) => {
    const { channel } = (body ?? {}) as { readonly channel?: unknown };
    if (typeof channel !== 'string')
      throw new HostError('users/bad-channel', ['', 'the body is {"channel": "<adapter>-<channel>"}']);
    response.json(await desk().set(id, channel));
  });
  router.delete('/:id', async ({ params: { id } }, response) => {
    response.json({ removed: await desk().remove(id) });
  });
  return router;
}
