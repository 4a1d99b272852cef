import {
  answer,
  bytes,
  choice,
  databaseUrl,
  date,
  duration,
  flag,
  folder,
  folders,
  integer,
  masterKey,
  masterKeys,
  pins,
  retentions,
  secret,
  text,
  trustedProxies,
  webAddress,
  type SettingKind,
} from './settings-kinds';
import { agentSettings } from './settings-agent';
import { operatorSettings } from './settings-operator';
import { hostNames, networks, rate } from './settings-gate-kinds';

/** One setting: everything that readers, `config check` and the documentation say about it comes from here. */
export interface SettingRow<T> {
  readonly kind: SettingKind<T>;
  /** Read by the same kind as a given value, relative to the working folder; undefined when it may be absent. */
  readonly standard: string | number | boolean | undefined;
  readonly doc: string;
  /** Shorter spelling of the variable; the one made from the path holds as well. */
  readonly variable?: string;
}

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;
/** The inbox takes no more at once: a body above it could never be stored. */
const MOST_STORED_BYTES = 100 * 1024 ** 2;

const optional = <T>(kind: SettingKind<T>, doc: string): SettingRow<T | undefined> => ({
  kind,
  standard: undefined,
  doc,
});
const row = <T>(kind: SettingKind<T>, standard: string | number | boolean, doc: string): SettingRow<T> => ({
  kind,
  standard,
  doc,
});

const size = (standard: string, doc: string, max = GIB) => row(bytes({ min: 1, max }), standard, doc);
const long = (standard: string, doc: string) =>
  row(duration({ min: 1_000, max: 3_660 * DAY_MS }), standard, doc);
const time = (standard: string, doc: string, min = 1) => row(duration({ min, max: DAY_MS }), standard, doc);

/** Every setting of the host, by its path in the file. */
export const settingsTable = {
  port: row(integer({ min: 0, max: 65_535 }), 8021, 'TCP port; 0 takes a free one.'),
  host: row(text, '127.0.0.1', 'Address to listen on; 0.0.0.0 is every IPv4 interface.'),
  data: row(folder, 'data', 'Folder for everything the host writes.'),
  publicUrl: optional(webAddress, 'Where callers reach this host, for the addresses it gives out.'),
  trustProxy: row(
    trustedProxies,
    false,
    'Proxies whose X-Forwarded-* headers are believed, as in Express: hops, addresses, true or false.',
  ),
  allowFrom: row(
    networks,
    '',
    'Addresses and networks that may ask at all; everybody while there are none. Plugins and endpoints may narrow it.',
  ),
  operatorToken: optional(secret, 'Bearer token of the operator API; one is made at first start otherwise.'),
  masterKey: optional(
    masterKey,
    'Encrypts what must not lie in clear in the store; one is made at first start otherwise. The same on all hosts of a database.',
  ),
  previousMasterKeys: row(
    masterKeys,
    '',
    'Further keys, which open what they sealed and seal nothing: those before the present one, or the next one while hosts are told of it one by one.',
  ),
  databaseUrl: optional(
    databaseUrl,
    'PostgreSQL that holds the inbox, shared by all hosts that name it; a SQLite file in the data folder otherwise.',
  ),
  'plugins.folders': {
    ...row(folders, 'plugins', 'Folders whose children are plugins; as text separated by ":".'),
    variable: 'GATEHOUSE_PLUGINS',
  },
  'plugins.packages': row(
    flag,
    true,
    "Whether packages in the working folder's node_modules with the keyword gatehouse-plugin are loaded.",
  ),
  'plugins.newPlugins': row(
    choice('enabled', 'disabled'),
    'enabled',
    'Whether a plugin seen for the first time is enabled.',
  ),
  'routes.defaultAccess': row(
    choice('public', 'operator'),
    'public',
    'Who may ask at endpoints whose author does not say: anybody, or the operator alone.',
  ),
  'routes.docs': row(
    choice('off', 'operator', 'public'),
    'operator',
    "Who may read a plugin's openapi.json; its page at docs asks the operator for the token. The whole host's is the operator's.",
  ),
  'routes.unknownFields': row(
    choice('ignore', 'refuse'),
    'ignore',
    'What happens to names in a request that its schema does not declare, unless the endpoint says.',
  ),
  'routes.brokenResponses': row(
    choice('log', 'count'),
    'count',
    'Answers that break their schema are 500; each is logged with its field, or they are counted (`gatehouse plugins list`) and logged once a minute. `gatehouse dev` and tests: log, unless it is set.',
  ),
  'rateLimit.perAddress': row(rate, 'off', 'Most requests of one address (IPv6: of one /64).'),
  'rateLimit.perEndpoint': row(
    rate,
    'off',
    'Most requests at one endpoint whose head passes (address, token), before a body is read.',
  ),
  'rateLimit.verified': row(
    rate,
    'off',
    'Most requests of verified senders at one endpoint; forgeries do not count.',
  ),
  'rateLimit.refusals': row(
    rate,
    '300/1m',
    'Most refused requests of one address at one endpoint; beyond it nothing is verified.',
  ),
  'quarantine.maxCount': row(integer({ min: 0, max: 1_000_000 }), 10_000, 'Most refused requests kept.'),
  'quarantine.maxBytes': size('256MiB', 'Most bytes of refused requests; the oldest go first.', 1024 * GIB),
  'http.allow': optional(
    hostNames,
    'Hosts that plugins may ask, *.example.org for all below; any public one otherwise.',
  ),
  'http.allowPrivate': row(networks, '', 'Networks that plugins may ask although they are not public.'),
  'http.allowHttp': row(flag, false, 'Whether plugins may ask without TLS.'),
  'limits.bodyBytes': size('25MiB', 'Largest body kept in memory.'),
  'limits.storedBodyBytes': size(
    '100MiB',
    'Largest body of a request that is stored, where bodyBytes or the endpoint allows more; a larger one is refused (413).',
    MOST_STORED_BYTES,
  ),
  'limits.jsonBytes': size('5MiB', 'Largest body parsed as JSON.'),
  'limits.jsonValues': row(
    integer({ min: 1, max: 100_000_000 }),
    250_000,
    'Most values in one JSON body that a schema checks: each costs far more than its bytes. More are refused (422).',
  ),
  'limits.fileBytes': size('100MiB', 'Largest uploaded file.', 1024 * GIB),
  'limits.files': row(integer({ min: 0, max: 1000 }), 20, 'Most uploaded files in one request.'),
  'limits.urlBytes': row(bytes({ min: 256, max: 16_384 }), '8KiB', 'Longest request target.'),
  'limits.messageBytes': size('1MiB', 'Largest WebSocket message.'),
  'timeouts.handlerMs': time('30s', 'Until a declared endpoint must have answered.'),
  'timeouts.drainMs': time('5s', 'For open requests of a plugin generation that retires.', 0),
  'timeouts.stopMs': time('8s', 'For the whole host to stop, draining included.'),
  'timeouts.startMs': time('10s', "Until a plugin's import and effects must have settled."),
  'timeouts.headersMs': time('10s', "Until a request's headers must be complete."),
  'timeouts.requestMs': time('5m', "Until a request's body must be complete; large uploads need time."),
  'inbox.concurrency': row(integer({ min: 1, max: 10_000 }), 128, 'Jobs worked at once by this host.'),
  'inbox.pluginConcurrency': row(integer({ min: 1, max: 10_000 }), 64, 'Of them, jobs of one plugin.'),
  'inbox.taskConcurrency': row(
    integer({ min: 1, max: 10_000 }),
    16,
    'Of them, jobs of one task or endpoint that does not say.',
  ),
  'inbox.leaseMs': time(
    '10s',
    'How long a job stays with a host that no longer answers; extended while it runs.',
    1_000,
  ),
  'inbox.pollMs': time('1s', 'Between looks for work that no message announced.', 50),
  'upgrade.copyFirst': row(
    flag,
    true,
    'Whether the inbox is copied before a newer version changes its tables; false where another backup is made.',
  ),
  'receipts.keepMs': long('30d', 'How long receipts are kept; those with work left stay.'),
  'receipts.maxBytes': size('10GiB', 'Most bytes of receipts; the oldest go first.', 1024 ** 2 * GIB),
  'receipts.keepFor': row(
    retentions,
    '',
    'How long instead, per plugin key or endpoint, as in acme.ci=90d or "acme.ci POST /github=7d".',
  ),
  'jobs.keepMs': long('7d', 'How long succeeded and cancelled jobs are kept; dead letters stay.'),
  'dedupe.windowMs': long(
    '72h',
    'How long a delivery is recognised as a duplicate, where its endpoint does not say.',
  ),
  'compat.webhookMethods': row(
    choice('on', 'warn', 'off'),
    'warn',
    'Deprecated webhook addresses: warn counts, logs and marks them; on does not log; off answers 410.',
  ),
  'compat.webhookMethods.answer': row(
    answer,
    'handler',
    'When senders of webhooks are answered, where the plugin does not say: by the handler; accept: stored, 202, worked later; ackWithinMs: by the handler in time, else 202.',
  ),
  'compat.sunset': optional(date, 'When they end: sent as the Sunset header (RFC 8594).'),
  'compat.pins': row(pins, '', 'Global webhook endpoint → the one plugin that gets it.'),
  ...agentSettings,
  ...operatorSettings,
  'log.level': row(choice('error', 'warn', 'info', 'debug'), 'info', 'Least severe level that is logged.'),
  'log.access': row(flag, true, 'Whether each request is logged.'),
} as const satisfies Record<string, SettingRow<unknown>>;

export type SettingPath = keyof typeof settingsTable;
/** What the setting at a path is, once resolved. */
export type SettingValue<P extends SettingPath> =
  (typeof settingsTable)[P] extends SettingRow<infer T> ? T : never;

export const settingPaths = Object.keys(settingsTable) as readonly SettingPath[];

/** `a.bC` → `GATEHOUSE_A_B_C`. */
export function toVariable(dottedPath: string): string {
  return `GATEHOUSE_${toVariableName(dottedPath)}`;
}

/** `a.bC` → `A_B_C`. */
export function toVariableName(name: string): string {
  return name
    .replaceAll('.', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();
}

/** The variables a setting is read from, the one to recommend first. */
export function variablesOf(settingPath: SettingPath): readonly string[] {
  const { variable }: SettingRow<unknown> = settingsTable[settingPath];
  const made = toVariable(settingPath);
  return variable === undefined ? [made] : [variable, made];
}
