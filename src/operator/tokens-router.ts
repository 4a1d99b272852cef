import express, { Router, type ErrorRequestHandler } from 'express';
import { HostError } from '../core/errors';
import type { TokenRequest } from './tokens-request';
import type { TokensDesk } from './tokens';

/**
 * The tokens' part of the operator API, below `/tokens`: `GET /`, `POST /` (`{ name, scopes, user?, roles?, expiresMs? }`)
 * makes one and tells it once, `DELETE /<name>`.
 */
export function createTokensRouter(desk: () => TokensDesk): Router {
  const router = Router({ caseSensitive: true });
  router.use(express.json({ limit: '16kb' }), refuseBody);
  router.get('/', async (_request, response) => {
    response.json({ tokens: await desk().list() });
  });
  router.post('/', async ({ body }, response) => {
    // The desk looks at it.
    const { token, value } = await desk().create(body as TokenRequest);
    response.json({ ...token, value: value.reveal() });
  });
  router.delete('/:name', async ({ params: { name } }, response) => {
    response.json({ revoked: await desk().revoke(name) });
  });
  return router;
}

const refuseBody: ErrorRequestHandler = (error: { status?: unknown }, _request, _response, next) => {
  const why =
    error.status === 413 ? 'the body is too large' : 'the body is a JSON object, sent as application/json';
  next(new HostError('tokens/bad-request', [why]));
};
