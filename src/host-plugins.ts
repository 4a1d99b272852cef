import path from 'node:path';
import type { Logger } from 'winston';
import { channelSpace } from './agent/channels/channel-configs';
import { bodyLimits } from './core/body-limits';
import { systemClock } from './core/clock';
import { secretsOf } from './core/declared-secrets';
import type { Declaration } from './core/declaration';
import type { MountTable } from './core/mount-table';
import type { PluginKey } from './core/plugin-key';
import type { Guards } from './core/ports/guards';
import type { LegacyLayer } from './core/ports/legacy-layer';
import type { PluginPages } from './core/ports/plugin-pages';
import type { Rekeying } from './core/ports/rekeying';
import { liveValues } from './core/secret-mask';
import type { Settings } from './core/settings';
import { createServices, type HostServices } from './host-services';
import type { InboxEngine } from './inbox/inbox-engine';
import * as authors from './index';
import type { HostOptions } from './operator/running-host';
import { PullDesk, pullable } from './operator/pull-desk';
import { StoredTokens } from './operator/tokens';
import { agentSpace } from './agent/runs/agent';
import { createFetchText } from './outgoing/fetch-text';
import { createOutgoing } from './outgoing/outgoing';
import { discover } from './plugins/discover';
import { servicesFactory, type ServicesFactory } from './plugins/generation-services';
import { guessKey } from './plugins/identity';
import type { LateServices } from './plugins/late-services';
import { moduleLoader } from './plugins/module-loader';
import { nativeDialect } from './plugins/native-dialect';
import { createPluginConfigs, type LayeredConfigs } from './plugins/plugin-configs';
import { createPluginPlaces, pluginOf } from './plugins/plugin-places';
import { operatorAccess } from './plugins/operator-access';
import { LocalPluginRegistry } from './plugins/plugin-registry';
import { readReadmes } from './plugins/plugin-readme';
import { Reconciler } from './plugins/reconciler';
import { createSignedAddresses } from './plugins/signed-addresses';
import { WantedFollower } from './plugins/wanted-follower';
import { WantedState } from './plugins/wanted-state';
import { createGuards } from './signatures/guards/create-guards';
import { createSchemesByHand } from './signatures/schemes-by-hand';
import { signatureRows } from './signatures/signature-rows';
import { createSpecialSchemes } from './signatures/special/special-schemes';
import { createConfigStore } from './state/config-values';
import { warnOfMissing } from './state/missing-secrets';
import type { MasterKey } from './state/master-key';
import { createRekeying } from './state/rekeying';
import { stateSpaces } from './state/sealed-spaces';
import type { MasterSealer } from './state/sealer';
import { createSecrets, type StoredSecrets } from './state/secrets';
import { createSignedUrls, type StoredSignedUrls } from './state/signed-urls';
import { createUserSecrets, type StoredUserSecrets } from './state/user-secrets';

export interface PluginsParts {
  readonly table: MountTable;
  readonly legacy: LegacyLayer | undefined;
  readonly engine: InboxEngine;
  readonly sealer: MasterSealer;
  readonly masterKey: MasterKey;
  /** Aborts when the host stops: streams end. */
  readonly stopping: AbortSignal;
}

/** The plugins of a host, and what decides who may ask them. */
export interface HostPlugins {
  readonly reconciler: Reconciler;
  readonly registry: LocalPluginRegistry;
  readonly secrets: StoredSecrets;
  readonly userSecrets: StoredUserSecrets;
  readonly rekeying: Rekeying;
  readonly tokens: StoredTokens;
  readonly services: HostServices;
  readonly signedUrls: StoredSignedUrls;
  readonly guards: Guards;
  readonly configs: LayeredConfigs;
  readonly pages: PluginPages;
  readonly pulls: PullDesk;
  /** Of a plugin that has one. */
  readonly readmeOf: (key: string) => Promise<string | undefined>;
  /** The schemes that are code, with what they keep of keys and certificates that senders publish. */
  readonly specials: ReturnType<typeof createSpecialSchemes>;
  close(): Promise<void>;
}

/** What other hosts get to load or drain a plugin and say so; below what a command line waits for an answer. */
const HEAR_MARGIN_MS = 5_000;
const MOST_HEAR_MS = 45_000;

/** Opens what hosts share and makes everything about plugins; none is loaded yet. @throws inbox/unavailable */
export async function createPlugins(
  options: HostOptions,
  logger: Logger,
  parts: PluginsParts,
): Promise<HostPlugins> {
  const { settings, clock = systemClock } = options;
  const { table, legacy, engine } = parts;
  const { shared, hosts } = engine;
  const { plugins, data, timeouts } = settings;
  await engine.open();
  const file = path.join(data, 'plugins.json');
  const wanted = await WantedState.open({ file, shared, newPlugins: plugins.newPlugins, logger });
  const gate = createGatekeeping(options, logger, parts, () => keysIn(reconciler));
  const { secrets, signedUrls, guards } = gate;
  const addresses = createSignedAddresses({ signedUrls, clock, logger });
  table.onChange((_key, seat) => warnOfMissing(seat?.live?.mount, { secrets, clock, logger }));
  const modules = (name: string, late: LateServices): unknown =>
    name === 'gatehouse' ? authors : (options.modules?.(name) ?? legacy?.modules[name]?.(late.get));
  const configs = createConfigs(options, logger, parts, () => reconciler);
  const stateOf = (key: string) => registry.find(key)?.state;
  const outgoingOf = outgoingRequests(options, secrets);
  const around = createServices({
    ...{ settings, engine, table, logger, clock, outgoingOf, stateOf, channels: options.channels },
    ...{ sealer: parts.sealer, secrets, userSecrets: gate.userSecrets },
  });
  const pulls = new PullDesk({
    stopping: parts.stopping,
    host: hosts.self.node,
    secretsOf: (key) => liveValues(secrets, key, clock.now()),
  });
  const reconciler: Reconciler = new Reconciler({
    discover: () => discover({ ...plugins, workingFolder: process.cwd() }),
    guessKey: ({ entry, manifest }) => guessKey(entry, manifest),
    generations: {
      load: moduleLoader(modules),
      dialects: [nativeDialect, ...(legacy?.dialects ?? [])],
      revise: revisions(settings, legacy, logger, pulls),
      accessIssues: (endpoint) => guards.issues(endpoint),
      provideAddresses: (mount) => addresses.provide(mount),
      services: services(options, logger, { engine, secrets, addresses, configs, outgoingOf, around }),
      startMs: timeouts.startMs,
      logger,
    },
    table,
    wanted,
    drainMs: timeouts.drainMs,
    logger,
  });
  const registry: LocalPluginRegistry = new LocalPluginRegistry({
    ...{ reconciler, wanted, hosts },
    follower: new WantedFollower({ reconciler, wanted, shared, hosts }),
    hearMs: Math.min(timeouts.startMs + timeouts.drainMs + HEAR_MARGIN_MS, MOST_HEAR_MS),
    hasSecret: (key, name) => secrets.live(key, name, clock.now()).length > 0,
    rowOf: (id) => signatureRows.find((row) => row.id === id),
  });
  reconciler.onChange(({ key }) => engine.changes.tell('plugins', key));
  const [pages, readmeOf] = [createPluginPlaces(reconciler), readReadmes(reconciler)];
  return { ...gate, reconciler, registry, configs, pages, pulls, readmeOf, services: around };
}

const keysIn = (reconciler: Reconciler) =>
  reconciler.all().flatMap((plugin): PluginKey[] => (plugin.key ? [plugin.key] : []));

/** What plugins are configured with; `reconciler` is asked late. */
function createConfigs(
  { settings, env }: HostOptions,
  logger: Logger,
  { engine: { shared }, sealer }: PluginsParts,
  reconciler: () => Reconciler,
): LayeredConfigs {
  return createPluginConfigs({
    environment: env,
    fileOf: (key) => settings.perPlugin[key]?.config,
    stored: createConfigStore({ shared, sealer, logger }),
    plugins: () => keysIn(reconciler()),
    find: (key) => {
      const plugin = pluginOf(reconciler(), key);
      return plugin && { actor: plugin, config: plugin.config };
    },
  });
}

function outgoingRequests({ settings, clock = systemClock }: HostOptions, secrets: StoredSecrets) {
  return createOutgoing({
    settings: settings.http,
    settingsOf: (key) => settings.perPlugin[key]?.http,
    secrets,
    clock,
  });
}

type Gatekeeping = Pick<
  HostPlugins,
  'secrets' | 'userSecrets' | 'rekeying' | 'tokens' | 'signedUrls' | 'guards' | 'specials' | 'close'
>;

/** What decides who may ask. */
function createGatekeeping(
  { settings, env, clock = systemClock }: HostOptions,
  logger: Logger,
  { table, engine, sealer, masterKey: key }: PluginsParts,
  plugins: () => readonly PluginKey[],
): Gatekeeping {
  const { shared, hosts, keyProofs: proofs } = engine;
  const declared = (plugin: PluginKey) => {
    const mount = table.get(plugin)?.live?.mount;
    return mount === undefined ? [] : secretsOf(mount);
  };
  const common = { shared, sealer, clock, logger, declared };
  const secrets = createSecrets({ ...common, environment: env, plugins });
  const userSecrets = createUserSecrets(common);
  const tokens = new StoredTokens({ shared, clock, logger });
  const rekeying = createRekeying({
    ...{ shared, hosts, sealer, proofs, key, data: settings.data, logger },
    spaces: [...stateSpaces, channelSpace, agentSpace],
  });
  const signedUrls = createSignedUrls({ shared, sealer, clock, logger });
  const { fetchText, close: closeFetch } = createFetchText();
  const specials = createSpecialSchemes({ fetchText, clock });
  const guards = createGuards({
    ...{ secrets, signedUrls, clock, logger, fetchText, specials },
    settings: {
      publicUrl: settings.publicUrl,
      allowFrom: settings.allowFrom,
      pluginAllowFrom: (key) => settings.perPlugin[key]?.allowFrom ?? [],
    },
  });
  const close = async () => {
    secrets.close();
    userSecrets.close();
    rekeying.close();
    tokens.close();
    signedUrls.close();
    await closeFetch();
  };
  return { secrets, userSecrets, rekeying, tokens, signedUrls, guards, specials, close };
}

/** What the operator wants of declarations: of webhook methods first, then of who may ask at all. */
function revisions(settings: Settings, legacy: LegacyLayer | undefined, logger: Logger, pulls: PullDesk) {
  const { routes, perPlugin } = settings;
  const access = operatorAccess({ defaultAccess: routes.defaultAccess, perPlugin, logger });
  const offered = pullable(pulls);
  return (key: PluginKey, declarations: Iterable<Declaration>) =>
    offered(key, access(key, legacy?.revise(key, declarations) ?? declarations));
}

interface ServicesNeeds {
  readonly engine: InboxEngine;
  readonly secrets: StoredSecrets;
  readonly addresses: ReturnType<typeof createSignedAddresses>;
  readonly configs: LayeredConfigs;
  readonly outgoingOf: ReturnType<typeof createOutgoing>;
  readonly around: HostServices;
}

function services(
  { settings, clock = systemClock }: HostOptions,
  logger: Logger,
  { engine: { inbox }, secrets, addresses, configs, outgoingOf, around }: ServicesNeeds,
): ServicesFactory {
  const { data, publicUrl, limits } = settings;
  return servicesFactory({
    ...{ logger, data, publicUrl, addresses, outgoingOf },
    facesOf: (facts) => around.facesOf(facts),
    tasksOf: (key, declared) => inbox.tasksOf(key, declared),
    configOf: (key, declared, actor) => configs.valuesOf(key, declared, actor),
    followConfig: (key, follower) => configs.follow(key, follower),
    secretsOf: (key, declared) => secrets.of(key, declared),
    signatures: createSchemesByHand({ publicUrl, clock, jsonBytes: bodyLimits(undefined, limits).jsonBytes }),
  });
}
