import type { Application } from 'express';
import type { Writable } from 'node:stream';
import type { Logger } from 'winston';
import { createMcpHandler, type McpHandler } from './agent/mcp/mcp-handler';
import type { Clock } from './core/clock';
import type { MountTable } from './core/mount-table';
import type { ApiDescriptions } from './core/ports/api-description';
import type { LegacyLayer } from './core/ports/legacy-layer';
import type { LogRing } from './core/ports/log-ring';
import type { OperatorAuth } from './core/ports/operator-auth';
import type { Tracing } from './core/ports/tracing';
import { newCheckToken } from './core/reach-check';
import { RefusalReplays } from './core/refusal-replays';
import type { Settings } from './core/settings';
import { createHostOperator } from './host-operator';
import type { HostPlugins } from './host-plugins';
import { createWatching, type Watching } from './host-watching';
import { createAccessLog, type AccessLog } from './http/access-log';
import type { BrokenResponses } from './http/broken-responses';
import { networkOf } from './http/client-network';
import { createConsolePages } from './http/console-pages';
import { createDocsRouter } from './http/docs-router';
import { createGateway, type Gateway } from './http/gateway';
import { createHostApp } from './http/host-app';
import { createMeasuring } from './http/measuring';
import { createPluginPages } from './http/plugin-pages';
import { createReceiptRouter } from './http/receipt-router';
import type { InboxEngine } from './inbox/inbox-engine';
import { createDescriptions } from './openapi/descriptions';
import { createAdminTools } from './operator/admin-tools';
import { createMetricsRouter } from './operator/metrics/metrics-router';
import type { WorkCounts } from './operator/metrics/work-counts';
import { describeOperations } from './operator/operations/describe-operations';
import type { Operator } from './operator/operator';
import { createOperatorAuth } from './operator/operator-auth';
import { createOperatorRouter } from './operator/operator-router';
import type { OperatorToken } from './operator/operator-token';
import { createSessionRouter } from './operator/session-router';
import { Sessions } from './operator/sessions';
import { readVersion } from './operator/version';
import { signatureRows } from './signatures/signature-rows';

export interface FaceParts {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly table: MountTable;
  readonly legacy: LegacyLayer | undefined;
  readonly engine: InboxEngine;
  readonly plugins: HostPlugins;
  readonly operatorToken: OperatorToken;
  readonly clock: Clock;
  /** Counts them for the gateway and for work of the inbox. */
  readonly brokenResponses: BrokenResponses;
  /** Takes the access log. */
  readonly output: Writable;
  /** Id of this start. */
  readonly node: string;
  /** Told of what is answered. */
  readonly tracing: Tracing | undefined;
  /** Counts what was worked, for metrics. */
  readonly work: WorkCounts;
  /** Where the host can be reached from this machine; empty before it listens. */
  readonly url: () => string;
  readonly isServing: () => boolean;
  readonly logs: LogRing;
  /** Aborts when the host stops: streams end. */
  readonly stopping: AbortSignal;
}

export interface Face {
  readonly gateway: Gateway;
  readonly accessLog: AccessLog | undefined;
  readonly mcp: McpHandler;
  /** Begins what goes on beside requests: samples, alerts, what the audit no longer keeps. Answers how to end it. */
  start(): () => Promise<void>;
}

/** What answers: the gateway, and behind it the host's own addresses. */
export function createFace(parts: FaceParts): Face {
  const { settings, logger, table, legacy, engine, plugins, operatorToken, output, isServing, clock } = parts;
  const app = createHostApp(settings, isServing);
  const sessions = new Sessions({
    ...{ shared: engine.shared, clock, tokens: plugins.tokens },
    operatorToken: operatorToken.token,
  });
  const operatorAuth = createOperatorAuth(operatorToken.token, plugins.tokens, sessions);
  const accessLog = settings.log.access ? createAccessLog(output) : undefined;
  const measuring = createMeasuring({ table, clock });
  const [checkToken, replays] = [newCheckToken(), new RefusalReplays()];
  const gateway = createGateway({
    ...{ table, settings, logger, app, operatorAuth, accessLog, clock, measuring, checkToken, replays },
    guards: plugins.guards,
    quarantine: engine.quarantine,
    deprecations: legacy?.deprecations,
    shared: legacy?.shared,
    prefixAliases: legacy?.prefixAliases,
    inbox: engine.inbox,
    tracing: parts.tracing,
    brokenResponses: parts.brokenResponses,
  });
  const descriptions = createDescriptions({
    ...{ table, publicUrl: settings.publicUrl, rateLimit: settings.rateLimit },
    rowOf: (id) => signatureRows.find((row) => row.id === id),
    operations: describeOperations,
  });
  const watching = createWatching(parts, gateway, measuring);
  const operator = createHostOperator({
    ...{ parts, gateway, descriptions, sessions, checkToken, replays },
    ...{ audit: watching.audit, measurements: watching.measurements },
  });
  const mcp = createMcpHandler({
    ...{ tools: plugins.services.tools, auth: operatorAuth, settings, logger, version: readVersion() },
    onToolsChange: (changed) => table.onChange(changed),
    adminTools: createAdminTools({ operator, logger, audit: watching.audit }),
  });
  mountOwn({ parts, app, operator, operatorAuth, sessions, descriptions, mcp, ...watching });
  return { gateway, accessLog, mcp, start: watching.start };
}

interface OwnAddresses extends Pick<Watching, 'audit' | 'measurements'> {
  readonly parts: FaceParts;
  readonly app: Application;
  readonly operator: Operator;
  readonly operatorAuth: OperatorAuth;
  readonly sessions: Sessions;
  readonly descriptions: ApiDescriptions;
  readonly mcp: McpHandler;
}

/** The host's own addresses. */
function mountOwn({
  parts,
  app,
  operator,
  operatorAuth,
  sessions,
  descriptions,
  mcp,
  ...watching
}: OwnAddresses) {
  const { settings, logger, table, legacy, engine, plugins, clock } = parts;
  const { audit, measurements } = watching;
  const { publicUrl } = settings;
  app.use('/console', createConsolePages({ sessions }));
  app.use('/metrics', createMetricsRouter({ measurements, operatorAuth, isPublic: settings.metrics.public }));
  app.use('/api', createDocsRouter({ descriptions, operatorAuth, access: settings.routes.docs }));
  app.use('/api/receipts', createReceiptRouter(engine.inbox));
  const signIn = createSessionRouter({ sessions, auth: operatorAuth, logger, networkOf, audit, publicUrl });
  app.use('/api/operator/session', signIn);
  app.use('/api/operator', createOperatorRouter(operator, operatorAuth, { audit }));
  const routes = legacy?.routes({
    ...{ table, operatorAuth, clock, publicUrl },
    ...{ secrets: plugins.secrets, signedUrls: plugins.signedUrls },
  });
  for (const { at, router } of routes ?? []) app.use(at, router);
  app.use('/mcp', mcp.router);
  app.use(createPluginPages(plugins.pages));
}
