import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import type { LegacyLayer } from '../core/ports/legacy-layer';
import type { Settings } from '../core/settings';
import { prefixAliases } from './deprecated-things';
import { createDeprecations } from './deprecations';
import { eventRoutesDialect } from './event-routes/event-routes-dialect';
import { extWebhookDialect } from './ext-webhook/ext-webhook-dialect';
import { createCompatModule } from './old-modules';
import { createGlobalAddress } from './webhook-method/global-address';
import { createAppsRouter } from './file-handlers/apps-router';
import { fileHandlersDialect } from './file-handlers/file-handlers-dialect';
import { operatorAnswers } from './webhook-method/operator-answer';

export interface LegacyLayerOptions {
  readonly settings: Pick<Settings, 'compat'> & Pick<Settings, 'perPlugin'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly clock: Clock;
}

/** Everything this folder adds to a host, for the host's composition root. */
export function createLegacyLayer({ settings, logger, clock }: LegacyLayerOptions): LegacyLayer {
  const { webhookMethods: mode, 'webhookMethods.answer': standard, sunset, pins } = settings.compat;
  const ledger = createDeprecations({ mode, sunset, logger, clock });
  return {
    deprecations: ledger,
    shared: createGlobalAddress({ pins }),
    prefixAliases,
    routes: (needs) => [{ at: '/api/apps', router: createAppsRouter(needs) }],
    dialects: [extWebhookDialect, fileHandlersDialect, eventRoutesDialect],
    modules: { 'gatehouse/compat': createCompatModule },
    revise: operatorAnswers({ standard, perPlugin: settings.perPlugin, logger }),
    mounted: (mount) => ledger.registered(mount),
    report: () => ledger.report(),
  };
}
