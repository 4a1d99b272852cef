import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express, { type ErrorRequestHandler } from 'express';
import { isHostError } from '../../src/core/errors';
import { isHttpError } from '../../src/core/http-error';
import type { InboxDesk } from '../../src/core/ports/inbox-desk';
import { markLocalOperator } from '../../src/core/ports/operator-auth';
import type { Secrets } from '../../src/core/ports/secrets';
import { Secret } from '../../src/core/secret';
import { clearLocalSocket, localSocketPath } from '../../src/operator/local-socket';
import { createOperator, type Operator, type OperatorPorts } from '../../src/operator/operator';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { createOperatorRouter } from '../../src/operator/operator-router';
import type { StoredTokens } from '../../src/operator/tokens';
import { PlainRegistry, pluginStatus, plainExplainer } from './plain-registry';

export const TOKEN = 'token-of-a-test-0123456789';

/** The operator's HTTP face on real sockets, with the smallest problem writer. */
export interface OperatorHost {
  readonly operator: Operator;
  readonly registry: PlainRegistry;
  readonly url: string;
  readonly data: string;
  readonly socketPath: string;
  close(): Promise<void>;
}

export async function startOperatorHost(
  registry = defaultRegistry(),
  inbox?: InboxDesk,
  secrets?: Secrets,
  more: Partial<OperatorPorts> = {},
): Promise<OperatorHost> {
  const data = mkdtempSync(path.join(tmpdir(), 'gatehouse-operator-'));
  const operator = createOperator({
    registry,
    explainer: plainExplainer,
    inbox,
    secrets,
    deprecations: () => [use],
    ...more,
  });
  const app = express();
  const auth = createOperatorAuth(new Secret(TOKEN), more.tokens as StoredTokens | undefined);
  app.use('/api/operator', createOperatorRouter(operator, auth, { audit: more.audit }));
  app.use(problem);
  const [shared, local] = [http.createServer(app), http.createServer(app)];
  local.on('connection', markLocalOperator);
  const socketPath = localSocketPath(data);
  await clearLocalSocket(socketPath);
  await new Promise<void>((resolve) => shared.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => local.listen(socketPath, resolve));
  const { port } = shared.address() as AddressInfo;
  return {
    operator,
    registry,
    url: `http://127.0.0.1:${port}`,
    data,
    socketPath,
    close: async () => {
      for (const server of [shared, local]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const defaultRegistry = () =>
  new PlainRegistry([
    pluginStatus('acme.ci'),
    pluginStatus('acme.broken'),
    pluginStatus('acme.off', { state: 'disabled' }),
  ]);

const use = {
  id: 'webhook-address',
  plugin: 'acme.ci',
  endpoint: '/github',
  successor: '/api/plugin/acme.ci/github',
  count: 2,
  lastCaller: { ip: '127.0.0.1', userAgent: 'curl', at: 0 },
};

const problem: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const { status, code, message, headers, members } = isHostError(error)
    ? error
    : isHttpError(error)
      ? { ...error, code: `http/${error.status}`, message: error.detail, members: {} }
      : { status: 500, code: 'internal/unexpected', message: String(error), headers: {}, members: {} };
  response
    .status(status)
    .set(headers as Record<string, string>)
    .json({ status, code, detail: message, ...members });
};
