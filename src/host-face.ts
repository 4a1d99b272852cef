import type { Writable } from 'node:stream';
import type { Logger } from 'winston';
import { createMcpHandler, type McpHandler } from './agent/mcp/mcp-handler';
import type { Clock } from './core/clock';
import { HOST_KEY } from './core/host-key';
import type { MountTable } from './core/mount-table';
import type { ApiDescriptions } from './core/ports/api-description';
import type { LegacyLayer } from './core/ports/legacy-layer';
import type { LogRing } from './core/ports/log-ring';
import type { Settings } from './core/settings';
import type { HostPlugins } from './host-plugins';
import { createAccessLog, type AccessLog } from './http/access-log';
import type { BrokenResponses } from './http/broken-responses';
import { createGateway, type Gateway } from './http/gateway';
import { createDocsRouter } from './http/docs-router';
import { createHostApp } from './http/host-app';
import { createPluginPages } from './http/plugin-pages';
import { createReceiptRouter } from './http/receipt-router';
import type { InboxEngine } from './inbox/inbox-engine';
import { createDescriptions } from './openapi/descriptions';
import { createOperator, type Operator } from './operator/operator';
import { createOperatorAuth } from './operator/operator-auth';
import { createOperatorRouter } from './operator/operator-router';
import type { OperatorToken } from './operator/operator-token';
import { createSendDesk } from './operator/send-desk';
import { readVersion } from './operator/version';
import { createDoctor } from './signatures/doctor/doctor';
import { createSamples } from './signatures/samples/samples';
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
}

/** What answers: the gateway, and behind it the host's own addresses. */
export function createFace(parts: FaceParts): Face {
  const { settings, logger, table, legacy, engine, plugins, operatorToken, output, isServing, clock } = parts;
  const app = createHostApp(settings, isServing);
  const operatorAuth = createOperatorAuth(operatorToken.token, plugins.tokens);
  const accessLog = settings.log.access ? createAccessLog(output) : undefined;
  const gateway = createGateway({
    ...{ table, settings, logger, app, operatorAuth, accessLog, clock },
    guards: plugins.guards,
    quarantine: engine.quarantine,
    deprecations: legacy?.deprecations,
    shared: legacy?.shared,
    prefixAliases: legacy?.prefixAliases,
    inbox: engine.inbox,
    brokenResponses: parts.brokenResponses,
  });
  const descriptions = createDescriptions({
    ...{ table, publicUrl: settings.publicUrl, rateLimit: settings.rateLimit },
    rowOf: (id) => signatureRows.find((row) => row.id === id),
  });
  app.use('/api', createDocsRouter({ descriptions, operatorAuth, access: settings.routes.docs }));
  app.use('/api/receipts', createReceiptRouter(engine.inbox));
  app.use('/api/operator', createOperatorRouter(operatorOf(parts, gateway, descriptions), operatorAuth));
  const routes = legacy?.routes({
    ...{ table, operatorAuth, clock, publicUrl: settings.publicUrl },
    ...{ secrets: plugins.secrets, signedUrls: plugins.signedUrls },
  });
  for (const { at, router } of routes ?? []) app.use(at, router);
  const mcp = createMcpHandler({
    ...{ tools: plugins.services.tools, auth: operatorAuth, settings, logger, version: readVersion() },
    onToolsChange: (changed) => table.onChange(changed),
  });
  app.use('/mcp', mcp.router);
  app.use(createPluginPages(plugins.pages));
  return { gateway, accessLog, mcp };
}

function operatorOf(parts: FaceParts, explainer: Gateway, descriptions: ApiDescriptions): Operator {
  const { table, legacy, engine, plugins, operatorToken, url, clock, logs, stopping } = parts;
  const { publicUrl, limits } = parts.settings;
  const { registry, secrets, signedUrls, specials, services } = plugins;
  const doctor = createDoctor({
    ...{ table, limits, secrets, signedUrls },
    kept: engine.kept,
    desk: engine.quarantineDesk,
    specials,
    publicBase: publicUrl,
  });
  const sending = createSendDesk({
    ...{ explainer, table, secrets, signedUrls, publicUrl, clock },
    samples: createSamples(),
    operatorToken: operatorToken.token,
    url: () => url() || undefined,
  });
  return createOperator({
    ...{ registry, explainer, secrets, signedUrls, publicUrl, clock, doctor, sending, descriptions },
    inbox: engine.desk,
    ...{ userSecrets: plugins.userSecrets, rekeying: plugins.rekeying, tokens: plugins.tokens },
    ...{ userChannels: services.userChannels, channels: services.chats.desk, tools: services.tools },
    runs: services.agent.desk,
    events: { bindings: services.bindings, events: services.events.of(HOST_KEY) },
    ...{ logs, stopping },
    configs: plugins.configs,
    brokenResponses: () => explainer.brokenResponses(),
    quarantine: engine.quarantineDesk,
    deprecations: legacy?.report,
  });
}
