import { Router } from 'express';
import { z } from 'zod';
import { HttpError } from '../../src/core/http-error';
import { reply } from '../../src/core/reply';
import { createRouter } from '../../src/plugins/api-router';
import { withBody } from '../../src/plugins/provided';
import { startGateway, type GatewayUnderTest } from '../http/gateway-under-test';
import { createPlugin, endpointsOf } from './declared';

const Task = z.object({ title: z.string().min(1), done: z.boolean().default(false) });
class NoTask extends Error {
  constructor(readonly id: number) {
    super(`no task ${id}`);
  }
}

let started: GatewayUnderTest;
beforeAll(async () => {
  started = await startGateway();
  const tasks = new Map([[1, { id: 1, title: 'write', done: false, secret: 'x' }]]);
  const router = createRouter({ prefix: '/teams/:team', tags: ['tasks'] })
    .use((_request, response, next) => {
      response.setHeader('x-team', 'yes');
      next();
    })
    .provide({
      user: ({ headers }) => {
        const name = headers.get('authorization');
        if (name === undefined) throw new HttpError(401, 'Who are you?');
        return { name };
      },
    })
    .get(
      '/tasks/:id',
      {
        params: z.object({ team: z.string(), id: z.coerce.number().int() }),
        response: z.object({ id: z.number(), title: z.string() }),
        provide: {
          task: ({ params }) => {
            const task = tasks.get(params.id);
            if (task === undefined) throw new NoTask(params.id);
            return task;
          },
        },
      },
      ({ task }) => task,
    )
    .post(
      '/tasks',
      {
        body: Task,
        status: 201,
        provide: { size: withBody(({ body }: { body: object }) => Object.keys(body).length) },
      },
      ({ body, params, user, size }) => ({ ...body, team: params.team, by: user.name, size }),
    );
  const express = Router();
  express.get('/task', () => {
    throw new NoTask(3);
  });
  const plugin = createPlugin()
    .mountRouter(() => router)
    .mountRouter(() => express, { path: '/old' })
    .onError(NoTask, ({ id }) => reply(404, { missing: id }));
  started.seat('acme.ci', ...endpointsOf(plugin));
});
afterAll(() => started.close());

const call = (path: string, init: RequestInit = {}) =>
  started.call(`/api/plugin/acme.ci${path}`, { headers: { authorization: 'ada' }, ...init });
const post = (body: unknown) =>
  call('/teams/red/tasks', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization: 'ada', 'content-type': 'application/json' },
  });

describe('what a plugin declares is served', () => {
  test('with values that schemas made and providers gave, and nothing that the response does not name', async () => {
    const { status, body, headers } = await call('/teams/red/tasks/1');
    expect([status, body]).toEqual([200, { id: 1, title: 'write' }]);
    expect(headers.get('x-team')).toBe('yes');
  });

  test('with the body that the schema made, and the status that was said', async () => {
    const { status, body } = await post({ title: 'read' });
    expect([status, body]).toEqual([201, { title: 'read', done: false, team: 'red', by: 'ada', size: 2 }]);
  });

  test('with every fault of a request', async () => {
    const { status, body } = await post({ title: '', done: 'no' });
    expect(status).toBe(422);
    expect(body.detail.map(({ loc }: { loc: unknown }) => loc)).toEqual([
      ['body', 'title'],
      ['body', 'done'],
    ]);
  });

  test('but not to whom a provider refuses', async () => {
    const { status, body } = await call('/teams/red/tasks/1', { headers: {} });
    expect([status, body.detail]).toEqual([401, 'Who are you?']);
  });

  test.each(['/teams/red/tasks/3', '/old/task'])('%s answers what its error is mapped to', async (path) => {
    const { status, body } = await call(path);
    expect([status, body]).toEqual([404, { missing: 3 }]);
  });
});
