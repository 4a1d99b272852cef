import express from 'express';
import { HostError } from '../core/errors';
import { networkList } from '../core/network';
import { isLocalOperator } from '../core/ports/operator-auth';
import type { Settings } from '../core/settings';
import type { GateRequest } from './messages';

/**
 * The Express application for the host's own addresses, health included: `/healthz` says that the process
 * serves, `/readyz` that it is ready for traffic (failed plugins notwithstanding). What is mounted behind it answers the
 * networks of `allowFrom` only, where any are named, and the operator's own socket. Other routers are mounted on it by
 * the host; what none answers, and errors, are the gateway's to write.
 */
export function createHostApp(
  settings: Pick<Settings, 'trustProxy'> & Partial<Pick<Settings, 'allowFrom'>>,
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
  const { allowFrom = [] } = settings;
  if (allowFrom.length > 0) app.use(onlyFrom(allowFrom));
  return app;
}

/** Plugins' endpoints have guards; what is the host's own has this. */
function onlyFrom(networks: readonly string[]): express.RequestHandler {
  const isListed = networkList(networks);
  return (request, _response, next) => {
    // Every request of the server is one of its own class; Express's types do not know.
    const { clientIp } = request as unknown as GateRequest;
    if (isLocalOperator(request) || isListed(clientIp)) next();
    else next(new HostError('request/unverified', [], { headers: { 'www-authenticate': 'Bearer' } }));
  };
}
