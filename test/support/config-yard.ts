import type { PluginKey } from '../../src/core/plugin-key';
import type { PluginConfigs } from '../../src/core/ports/plugin-config';
import { Secret } from '../../src/core/secret';
import { createGateway } from '../../src/http/gateway';
import { createHostApp } from '../../src/http/host-app';
import { createPluginPages } from '../../src/http/plugin-pages';
import { createOperator, type Operator } from '../../src/operator/operator';
import { createOperatorAuth } from '../../src/operator/operator-auth';
import { createOperatorRouter } from '../../src/operator/operator-router';
import { createPluginConfigs, type LayeredConfigs } from '../../src/plugins/plugin-configs';
import { createPluginPlaces, pluginOf } from '../../src/plugins/plugin-places';
import { createConfigStore } from '../../src/state/config-values';
import { gatewaySettings } from '../http/gateway-under-test';
import { plainExplainer } from '../operator/plain-registry';
import { sealerOf } from '../state/secrets-under-test';
import { PluginYard } from './plugin-yard';

export const TOKEN = 'token-of-a-test-0123456789';

/** Plugins on real files with their configurations, behind a gateway with the operator's address and the pages. */
export interface ConfigYard {
  readonly yard: PluginYard;
  readonly operator: Operator;
  readonly configs: PluginConfigs;
  readonly url: string;
  /** Of the settings file, by plugin. */
  readonly file: Record<string, Record<string, unknown>>;
  readonly environment: Record<string, string>;
  /** What is stored, as the database has it. */
  storedText(key: string): string;
  call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: any; headers: Headers }>;
  close(): Promise<void>;
}

export async function openConfigYard(): Promise<ConfigYard> {
  const file: Record<string, Record<string, unknown>> = {};
  const environment: Record<string, string> = {};
  const made: { configs?: LayeredConfigs } = {};
  const yard = await PluginYard.open({
    partsOf: ({ database, logger }) => {
      const configs = createPluginConfigs({
        environment,
        fileOf: (key) => file[key],
        stored: createConfigStore({ shared: database.shared, sealer: sealerOf(1), logger }),
        plugins: () => yard?.reconciler.all().flatMap(({ key }) => (key ? [key] : [])) ?? [],
        find: (key) => {
          const plugin = pluginOf(yard.reconciler, key);
          return plugin && { actor: plugin, config: plugin.config };
        },
      });
      made.configs = configs;
      return {
        services: {
          configOf: (key, declared, actor) => configs.valuesOf(key, declared, actor),
          followConfig: (key, follower) => configs.follow(key, follower),
        },
      };
    },
  });
  const configs = made.configs as LayeredConfigs;
  const { registry, table, reconciler } = yard;
  const operator = createOperator({ registry, explainer: plainExplainer, configs });
  const auth = createOperatorAuth(new Secret(TOKEN));
  const { settings, logger } = gatewaySettings();
  const app = createHostApp(settings, () => true);
  app.use('/api/operator', createOperatorRouter(operator, auth));
  app.use(createPluginPages(createPluginPlaces(reconciler)));
  const gateway = createGateway({ table, settings, logger, app, operatorAuth: auth });
  const url = `http://127.0.0.1:${await gateway.listen(0, '127.0.0.1')}`;
  return {
    ...{ yard, operator, configs, url, file, environment },
    storedText: (key) => yard.database.shared.get('config', key as PluginKey)?.value ?? '',
    async call(method, path, body) {
      const response = await fetch(`${url}/api/operator/plugins/${path}`, {
        method,
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json(), headers: response.headers };
    },
    async close() {
      await gateway.close(1_000);
      await yard.close();
    },
  };
}
