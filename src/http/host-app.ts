import express from 'express';
import type { Settings } from '../core/settings';

/**
 * The Express application for the host's own addresses, health included: `/healthz` says that the process
 * serves, `/readyz` that it is ready for traffic (failed plugins notwithstanding). Other routers are mounted on it by
 * the host; what none answers, and errors, are the gateway's to write.
 */
export function createHostApp(
  settings: Pick<Settings, 'trustProxy'>,
  ready: () => boolean,
): express.Application {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', settings.trustProxy);
  app.get('/healthz', (_request, response) => {
    response.set('cache-control', 'no-store').json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response) => {
    const isReady = ready();
    response
      .status(isReady ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: isReady ? 'ready' : 'starting' });
  });
  return app;
}
