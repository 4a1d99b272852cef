import type { FaceParts } from './host-face';
import type { Gateway } from './http/gateway';
import type { Measuring } from './http/measuring';
import { createAlerts } from './operator/alerts';
import { StoredAuditLog } from './operator/audit-log';
import { createMeasurements, type HostMeasurements } from './operator/metrics/measurements';
import { readVersion } from './operator/version';

/** What the host notices of itself, and of those who change it. */
export interface Watching {
  readonly audit: StoredAuditLog;
  readonly measurements: HostMeasurements;
  /** Answers how to end it. */
  start(): () => Promise<void>;
}

/** Nothing goes on before `start`. */
export function createWatching(parts: FaceParts, gateway: Gateway, measuring: Measuring): Watching {
  const { settings, logger, engine, plugins, clock, work, legacy } = parts;
  const audit = new StoredAuditLog({ database: engine.database, logger, keepMs: settings.audit.keepMs });
  const measurements = createMeasurements({
    ...{ traffic: measuring, work, clock, version: readVersion(), registry: plugins.registry },
    refusals: () => gateway.refusals(),
    brokenResponses: () => gateway.brokenResponses(),
    deprecations: () => legacy?.report() ?? [],
    backlog: () => engine.backlog(),
    ...{ inbox: engine.desk, quarantine: engine.quarantineDesk },
  });
  const alerts = createAlerts({
    ...{ settings: settings.alerts, traffic: measuring, shared: engine.shared, clock, logger },
    backlog: () => measurements.look(),
    deadLetters: () => work.deadLetters,
    refused: () => gateway.refusals().reduce((sum, { count }) => sum + count, 0),
    channels: plugins.services.channels,
    url: () => settings.publicUrl ?? parts.url(),
  });
  return {
    audit,
    measurements,
    start() {
      audit.start();
      const stops = [measurements.start(), alerts.start()];
      return async () => {
        for (const stop of stops) stop();
        await audit.stop();
      };
    },
  };
}
