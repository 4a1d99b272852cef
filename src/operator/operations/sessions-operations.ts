import { z } from 'zod';
import type { Operation } from '../operation';

const session = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  ip: z.string(),
});

/** Who is signed in at the console. Signing in and out is no verb of the operator's: see `createSessionRouter`. */
export const sessionsOperations: readonly Operation[] = [
  {
    id: 'sessions.list',
    method: 'GET',
    path: '/sessions',
    summary: 'Who is signed in at the console',
    scope: 'admin',
    answer: z.object({ sessions: z.array(session) }),
    run: async ({ operator }) => ({ sessions: await operator.sessions.list() }),
  },
  {
    id: 'sessions.end',
    method: 'DELETE',
    path: '/sessions/:id',
    summary: 'Sign somebody out of the console',
    scope: 'admin',
    answer: z.object({ ended: z.boolean() }),
    run: async ({ operator, params }) => ({ ended: await operator.sessions.end(params['id'] ?? '') }),
  },
];
