import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EndpointAccess } from '../../src/core/access';
import type { Exchange } from '../../src/core/exchange';
import { MountTable } from '../../src/core/mount-table';
import type { RefusedRequest } from '../../src/core/ports/quarantine';
import { Secret } from '../../src/core/secret';
import { createGateway } from '../../src/http/gateway';
import { createHostApp } from '../../src/http/host-app';
import { loadSettings } from '../../src/operator/load-settings';
import { createOperator, type Operator } from '../../src/operator/operator';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { createOperatorRouter } from '../../src/operator/operator-router';
import { createSendDesk } from '../../src/operator/send-desk';
import { createGuards } from '../../src/signatures/guards/create-guards';
import { createSamples } from '../../src/signatures/samples/samples';
import { createSignedUrls, type StoredSignedUrls } from '../../src/state/signed-urls';
import { endpointOf, liveOf, mountOf } from '../core/plain-mount';
import { CI, keptLogger, openSecrets, sealerOf, type SecretsUnderTest } from '../state/secrets-under-test';
import { PlainRegistry, plainExplainer } from './plain-registry';

export const TOKEN = 'operator-token-of-a-test';
export const PUBLIC_URL = 'https://hooks.example.com';

/** A gateway with guards, secrets and the operator's face, on a real socket. */
export interface SendHost {
  readonly url: string;
  readonly operator: Operator;
  readonly under: SecretsUnderTest;
  readonly signedUrls: StoredSignedUrls;
  /** Of what was refused, in order. */
  readonly refused: RefusedRequest[];
  /** Serves these endpoints as `acme.ci`, by path; each answers with what `answer` makes of the request. */
  serve(accesses: Readonly<Record<string, EndpointAccess>>, answer?: (exchange: Exchange) => unknown): void;
  close(): Promise<void>;
}

/** `publicUrl`: what the host was told of its public address; `''`: nothing. */
export async function startSendHost(given = PUBLIC_URL): Promise<SendHost> {
  const publicUrl = given === '' ? undefined : given;
  const folder = mkdtempSync(path.join(tmpdir(), 'gatehouse-send-'));
  const flags = { ...(publicUrl !== undefined && { publicUrl }), data: folder };
  const { settings } = loadSettings({ flags, env: {}, workingFolder: folder, configFile: undefined });
  const { logger } = keptLogger();
  const under = await openSecrets();
  under.time = Date.now();
  const clock = { now: () => Date.now() };
  const signedUrls = createSignedUrls({ shared: under.database.shared, sealer: sealerOf(1), logger, clock });
  const fetchText = () => Promise.reject(new Error('asks nobody'));
  const guards = createGuards({
    ...{ secrets: under.secrets, signedUrls, clock, logger, fetchText },
    settings: { publicUrl, allowFrom: [], pluginAllowFrom: () => [] },
  });
  const table = new MountTable();
  const app = createHostApp(settings, () => true);
  const operatorAuth = createOperatorAuth(new Secret(TOKEN));
  const refused: RefusedRequest[] = [];
  const gateway = createGateway({
    ...{ table, settings, logger, app, operatorAuth, guards },
    quarantine: { refused: (request) => refused.push(request) },
  });
  let url = '';
  const sending = createSendDesk({
    ...{ explainer: gateway, table, secrets: under.secrets, signedUrls, samples: createSamples(), clock },
    ...{ operatorToken: new Secret(TOKEN), publicUrl: settings.publicUrl, url: () => url },
  });
  const operator = createOperator({ registry: new PlainRegistry([]), explainer: plainExplainer, sending });
  app.use('/api/operator', createOperatorRouter(operator, operatorAuth));
  url = `http://127.0.0.1:${await gateway.listen(0, '127.0.0.1')}`;
  return {
    ...{ url, operator, under, signedUrls, refused },
    serve(accesses, answer = () => ({ ok: true })) {
      const endpoints = Object.entries(accesses).map(([at, access]) =>
        endpointOf(at, { method: 'POST', access, serve: { handle: answer } }),
      );
      table.swap(CI, liveOf(mountOf(CI, endpoints)).live);
    },
    async close() {
      await gateway.close(1_000);
      signedUrls.close();
      await under.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
