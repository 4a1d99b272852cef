import type { Rate } from './declaration';
import type { Settings } from './settings';
import type { SettingPath, SettingValue } from './settings-table';

type ValueOf = <P extends SettingPath>(path: P) => SettingValue<P>;

/** The settings from their single values, each by its path in the file. */
export function assembleSettings(value: ValueOf, perPlugin: Settings['perPlugin']): Settings {
  return {
    port: value('port'),
    host: value('host'),
    data: value('data'),
    publicUrl: value('publicUrl'),
    trustProxy: value('trustProxy'),
    allowFrom: value('allowFrom'),
    ...assembleSecrets(value),
    plugins: {
      folders: value('plugins.folders'),
      packages: value('plugins.packages'),
      newPlugins: value('plugins.newPlugins'),
    },
    perPlugin,
    ...assembleGate(value),
    limits: {
      bodyBytes: value('limits.bodyBytes'),
      storedBodyBytes: value('limits.storedBodyBytes'),
      jsonBytes: value('limits.jsonBytes'),
      jsonValues: value('limits.jsonValues'),
      fileBytes: value('limits.fileBytes'),
      files: value('limits.files'),
      urlBytes: value('limits.urlBytes'),
      messageBytes: value('limits.messageBytes'),
    },
    timeouts: {
      handlerMs: value('timeouts.handlerMs'),
      drainMs: value('timeouts.drainMs'),
      stopMs: value('timeouts.stopMs'),
      startMs: value('timeouts.startMs'),
      headersMs: value('timeouts.headersMs'),
      requestMs: value('timeouts.requestMs'),
    },
    inbox: {
      concurrency: value('inbox.concurrency'),
      pluginConcurrency: value('inbox.pluginConcurrency'),
      taskConcurrency: value('inbox.taskConcurrency'),
      leaseMs: value('inbox.leaseMs'),
      pollMs: value('inbox.pollMs'),
    },
    upgrade: { copyFirst: value('upgrade.copyFirst') },
    receipts: {
      keepMs: value('receipts.keepMs'),
      maxBytes: value('receipts.maxBytes'),
      keepFor: value('receipts.keepFor'),
    },
    jobs: { keepMs: value('jobs.keepMs') },
    dedupe: { windowMs: value('dedupe.windowMs') },
    compat: {
      webhookMethods: value('compat.webhookMethods'),
      'webhookMethods.answer': value('compat.webhookMethods.answer'),
      sunset: value('compat.sunset'),
      pins: value('compat.pins'),
    },
    ...assembleAgent(value),
    ...assembleWatching(value),
  };
}

/** What the host notices of itself, and whom it tells. */
function assembleWatching(value: ValueOf): Pick<Settings, 'audit' | 'metrics' | 'alerts' | 'log'> {
  return {
    audit: { keepMs: value('audit.keepMs') },
    metrics: { public: value('metrics.public') },
    alerts: {
      channel: value('alerts.channel'),
      everyMs: value('alerts.everyMs'),
      failureRate: value('alerts.failureRate'),
      backlogMs: value('alerts.backlogMs'),
      deadLetters: value('alerts.deadLetters'),
      refusedPerMinute: value('alerts.refusedPerMinute'),
    },
    log: {
      level: value('log.level'),
      access: value('log.access'),
      file: value('log.file'),
      fileBytes: value('log.fileBytes'),
      files: value('log.files'),
    },
  };
}

/** Who may ask, how often, and whom plugins may ask. */
function assembleGate(value: ValueOf): Pick<Settings, 'routes' | 'rateLimit' | 'quarantine' | 'http'> {
  return {
    routes: {
      defaultAccess: value('routes.defaultAccess'),
      docs: value('routes.docs'),
      unknownFields: value('routes.unknownFields'),
      brokenResponses: value('routes.brokenResponses'),
    },
    rateLimit: {
      perAddress: toRate(value('rateLimit.perAddress')),
      perEndpoint: toRate(value('rateLimit.perEndpoint')),
      verified: toRate(value('rateLimit.verified')),
      refusals: toRate(value('rateLimit.refusals')),
    },
    quarantine: { maxCount: value('quarantine.maxCount'), maxBytes: value('quarantine.maxBytes') },
    http: {
      allow: value('http.allow'),
      allowPrivate: value('http.allowPrivate'),
      allowHttp: value('http.allowHttp'),
    },
  };
}

/** What is shown to nobody. */
function assembleSecrets(
  value: ValueOf,
): Pick<Settings, 'operatorToken' | 'masterKey' | 'previousMasterKeys' | 'databaseUrl'> {
  return {
    operatorToken: value('operatorToken'),
    masterKey: value('masterKey'),
    previousMasterKeys: value('previousMasterKeys'),
    databaseUrl: value('databaseUrl'),
  };
}

function toRate(value: Rate | 'off'): Rate | undefined {
  return value === 'off' ? undefined : value;
}

/** Chats, the agent and mail. */
function assembleAgent(value: ValueOf): Pick<Settings, 'channels' | 'agent' | 'mail'> {
  return {
    channels: { rate: toRate(value('channels.rate')), keepMs: value('channels.keepMs') },
    mail: { url: value('mail.url'), from: value('mail.from') },
    agent: {
      url: value('agent.url'),
      key: value('agent.key'),
      model: value('agent.model'),
      tokensPerDay: value('agent.tokensPerDay'),
      runsPerEndpoint: toRate(value('agent.runsPerEndpoint')),
      foldMs: value('agent.foldMs'),
      depth: value('agent.depth'),
      concurrency: value('agent.concurrency'),
    },
  };
}
