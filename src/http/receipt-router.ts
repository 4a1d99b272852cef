import express from 'express';
import { HostError } from '../core/errors';
import type { Inbox } from '../core/ports/inbox';

const LONGEST_ID = 128;

/**
 * `/api/receipts/<id>`: where a stored request stands, for whoever holds its unguessable id. Unknown ids are 404, other
 * methods 405.
 */
export function createReceiptRouter(inbox: Pick<Inbox, 'status'>): express.Router {
  const router = express.Router();
  router
    .route('/:id')
    .get(async ({ params }, response) => {
      const status = params.id.length > LONGEST_ID ? undefined : await inbox.status(params.id);
      if (status === undefined) throw new HostError('request/not-found', [`/api/receipts/${params.id}`]);
      response.set('cache-control', 'no-store').json(status);
    })
    .options((_request, response) => {
      response.set('allow', ALLOW).status(204).end();
    })
    .all(({ method }) => {
      throw new HostError('request/method-not-allowed', [method, ALLOW], { headers: { allow: ALLOW } });
    });
  return router;
}
const ALLOW = 'GET, HEAD, OPTIONS';
