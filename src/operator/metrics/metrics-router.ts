import express, { type Router } from 'express';
import { HostError } from '../../core/errors';
import type { Measurements } from '../../core/ports/measurements';
import { mayAsk, type OperatorAuth } from '../../core/ports/operator-auth';
import { EXPOSITION_TYPE } from './exposition';

interface MetricsParts {
  readonly measurements: Pick<Measurements, 'exposition'>;
  readonly operatorAuth: OperatorAuth;
  /** Anybody may read them. */
  readonly isPublic: boolean;
}

const ALLOW = 'GET, HEAD, OPTIONS';

/** To be mounted at `/metrics`: for the operator and tokens with the scope `read`, or for anybody where it is public. */
export function createMetricsRouter({ measurements, operatorAuth, isPublic }: MetricsParts): Router {
  const router = express.Router();
  router
    .route('/')
    .get(async (request, response) => {
      if (!isPublic && !mayAsk(operatorAuth, request, 'read'))
        throw new HostError('request/unauthorized', [], { headers: { 'www-authenticate': 'Bearer' } });
      const text = await measurements.exposition();
      response.set({ 'content-type': EXPOSITION_TYPE, 'cache-control': 'no-store' }).end(text);
    })
    .options((_request, response) => {
      response.set('allow', ALLOW).status(204).end();
    })
    .all(({ method }) => {
      throw new HostError('request/method-not-allowed', [method, ALLOW], { headers: { allow: ALLOW } });
    });
  return router;
}
