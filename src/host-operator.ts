import { HOST_KEY } from './core/host-key';
import type { ApiDescriptions } from './core/ports/api-description';
import type { RefusalReplays } from './core/refusal-replays';
import { backupPartsOf } from './host-backup';
import type { FaceParts } from './host-face';
import type { Watching } from './host-watching';
import type { Gateway } from './http/gateway';
import { createBackupDesk } from './operator/backup/write-backup';
import { createHealthDesk } from './operator/health-desk';
import { createOperator, type Operator } from './operator/operator';
import { createRefusalReplay } from './operator/refusal-replay';
import { createSendDesk } from './operator/send-desk';
import type { Sessions } from './operator/sessions';
import { startWarnings } from './operator/start-warnings';
import { createDoctor } from './signatures/doctor/doctor';
import { createSamples } from './signatures/samples/samples';
import { createDataDesk } from './state/data-desk';

export interface OperatorParts extends Pick<Watching, 'audit' | 'measurements'> {
  readonly parts: FaceParts;
  readonly gateway: Gateway;
  readonly descriptions: ApiDescriptions;
  readonly sessions: Sessions;
  /** See `newCheckToken`. */
  readonly checkToken: string;
  readonly replays: RefusalReplays;
}

/** The operator of this process, with everything the host has for it. */
export function createHostOperator(given: OperatorParts): Operator {
  const { parts, gateway, descriptions, sessions, audit, measurements } = given;
  const { settings, legacy, engine, plugins, url, clock, logs, stopping } = parts;
  const { publicUrl } = settings;
  const { registry, secrets, signedUrls, services } = plugins;
  const ownUrl = () => url() || undefined;
  return createOperator({
    ...{ registry, explainer: gateway, secrets, signedUrls, publicUrl, clock, descriptions },
    ...{ sessions, audit, measurements, logs, stopping },
    ...desksOf(given),
    ...{ userSecrets: plugins.userSecrets, rekeying: plugins.rekeying, tokens: plugins.tokens },
    ...{ userChannels: services.userChannels, channels: services.chats.desk, tools: services.tools },
    ...{ runs: services.agent.desk, pulls: plugins.pulls, eraser: services.eraser },
    readmeOf: plugins.readmeOf,
    events: { bindings: services.bindings, events: services.events.of(HOST_KEY) },
    configs: plugins.configs,
    brokenResponses: () => gateway.brokenResponses(),
    deprecations: legacy?.report,
    sending: createSendDesk({
      ...{ explainer: gateway, table: parts.table, secrets, signedUrls, publicUrl, clock },
      samples: createSamples(),
      operatorToken: parts.operatorToken.token,
      url: ownUrl,
    }),
    replayRefusal: createRefusalReplay({
      ...{ kept: engine.kept, desk: engine.quarantineDesk, replays: given.replays, url: ownUrl },
    }),
    backups: createBackupDesk({
      openStore: (options) => engine.backup(options),
      parts: backupPartsOf(settings, registry),
    }),
  });
}

/** What looks into the store. */
function desksOf({ parts, checkToken }: OperatorParts) {
  const { settings, engine, plugins, table, clock, url, legacy } = parts;
  const { registry, secrets, signedUrls, specials } = plugins;
  const { limits, publicUrl } = settings;
  return {
    inbox: engine.desk,
    quarantine: engine.quarantineDesk,
    deliveries: engine.deliveriesDesk,
    schedules: engine.schedulesDesk,
    changes: engine.changes,
    data: createDataDesk(engine.database),
    doctor: createDoctor({
      ...{ table, limits, secrets, signedUrls, specials },
      ...{ kept: engine.kept, desk: engine.quarantineDesk, publicBase: publicUrl },
    }),
    health: createHealthDesk({
      ...{ registry, work: engine.workCounts, url, publicUrl, checkToken, clock },
      store: settings.databaseUrl === undefined ? 'sqlite' : 'postgres',
      node: parts.node,
      deprecations: legacy?.report,
      warnings: () => startWarnings(settings),
    }),
  };
}
