import { createLegacyLayer, type WebhookHandler, type WebhookHandlers } from '../../src/compat';
import type { WebhookMethodOptions } from '../../src/compat';
import { systemClock } from '../../src/core/clock';
import type { Declaration } from '../../src/core/declaration';
import type { LegacyLayer } from '../../src/core/ports/legacy-layer';
import type { PluginSettings, Settings } from '../../src/core/settings';
import { keyOf } from '../http/gateway-under-test';
import { startDurableHost, type DurableHost } from '../http/durable-host';
import { PlainPlugin, plainServices } from './plain-plugin';

export interface DurableLegacyHost extends DurableHost {
  readonly layer: LegacyLayer;
  /** What the host itself logged about old webhooks. */
  readonly logged: string[];
  /** Lets declarations serve as the operator wants them. */
  put(key: string, declarations: Iterable<Declaration>): void;
  /** A plugin with one webhook method, serving. */
  serve(
    key: string,
    handler: WebhookHandler | WebhookHandlers,
    options?: Partial<WebhookMethodOptions>,
  ): ReturnType<typeof plainServices>;
}

/** A host with the compatibility layer that stores requests, and what its operator says of old webhooks. */
export async function startDurableLegacyHost(
  compat: Partial<Settings['compat']> = {},
  perPlugin: Record<string, PluginSettings> = {},
): Promise<DurableLegacyHost> {
  const { logger, logged } = plainServices('the.host');
  const layer = createLegacyLayer({
    settings: {
      compat: {
        webhookMethods: 'on',
        'webhookMethods.answer': 'handler',
        sunset: undefined,
        pins: {},
        ...compat,
      },
      perPlugin,
    },
    logger,
    clock: systemClock,
  });
  const { deprecations, shared, prefixAliases } = layer;
  const host = await startDurableHost({ deprecations, shared, prefixAliases });
  const put = (key: string, declarations: Iterable<Declaration>) =>
    void host.seat(key, ...layer.revise(keyOf(key), declarations));
  return {
    ...host,
    layer,
    logged,
    put,
    serve(key, handler, options = {}) {
      const services = plainServices(key);
      const plugin = new PlainPlugin(key);
      plugin.bound = services;
      plugin.mountWebhookMethod({ endpoint: '/gh', ...options }, handler);
      put(key, plugin.declarations);
      return services;
    },
  };
}
