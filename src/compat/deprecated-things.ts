/** Something of the old system that still works, and since when authors and callers are told to leave it. */
export interface DeprecatedThing {
  readonly id: string;
  readonly title: string;
  /** When it was deprecated, epoch seconds: the `Deprecation` date of RFC 9745. */
  readonly sinceSeconds: number;
  /** What to use instead, in words. */
  readonly replacement: string;
  /** An address ends (410) when `compat.webhookMethods` is `off`; a name is the author's affair and only told. */
  readonly switched: boolean;
  /** Uses are counted per endpoint, or per plugin where callers choose the paths and could fill the ledger. */
  readonly countedPer: 'endpoint' | 'plugin';
}

/** The day this host first served them, deprecated from the start. */
const FIRST_RELEASE = Date.UTC(2026, 10, 20) / 1_000;

const address = (id: string, pattern: string): DeprecatedThing => ({
  id,
  title: `the address ${pattern}`,
  sinceSeconds: FIRST_RELEASE,
  replacement: 'the address /api/plugin/<key>/<endpoint>',
  switched: true,
  countedPer: 'endpoint',
});
const name = (id: string, replacement: string): DeprecatedThing => ({
  id,
  title: `plugin.${id}`,
  sinceSeconds: FIRST_RELEASE,
  replacement,
  switched: false,
  countedPer: 'plugin',
});

/** Ids that declarations and aliases carry in `deprecated`. */
export const WEBHOOK_METHOD = 'mountWebhookMethod';
export const PLUGIN_ADDRESS = 'webhook-address';
export const MODULE_ADDRESS = 'webhook-address-short';
export const GLOBAL_ADDRESS = 'webhook-address-global';
const PLUGINS_PREFIX = 'plugins-prefix';

/** Every deprecated thing, by id. */
export const deprecatedThings: ReadonlyMap<string, DeprecatedThing> = new Map(
  [
    address(PLUGIN_ADDRESS, '/api/plugin/<key>/webhook/<endpoint>'),
    address(MODULE_ADDRESS, '/api/plugin/<module>/webhook/<endpoint>'),
    address(GLOBAL_ADDRESS, '/api/webhook/<endpoint>'),
    {
      ...address(PLUGINS_PREFIX, '/plugins/<key>/…'),
      replacement: 'the address /api/plugin/<key>/…',
      switched: false,
      countedPer: 'plugin' as const,
    },
    name(WEBHOOK_METHOD, 'plugin.endpoint({ method, path }, handler) or plugin.mountRouter(factory)'),
    name('mountInitMethod', 'plugin.onInit'),
    name('mountCleanupMethod', 'plugin.onCleanup'),
    name('mountSandboxMethod', 'plugin.tool({ name, description, input }, call)'),
  ].map((thing) => [thing.id, thing]),
);

/** Prefixes that stand for `/api/plugin/`, for the gateway: what follows is a key and the path inside the plugin. */
export const prefixAliases = [{ prefix: '/plugins/', deprecated: PLUGINS_PREFIX }] as const;
