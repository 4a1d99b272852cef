import path from 'node:path';
import type { Logger } from 'winston';
import { DevelopmentChannel } from './agent/development-channel';
import { bodyLimits } from './core/body-limits';
import { systemClock } from './core/clock';
import type { Declaration } from './core/declaration';
import type { MountTable } from './core/mount-table';
import type { PluginKey } from './core/plugin-key';
import type { Guards } from './core/ports/guards';
import type { LegacyLayer } from './core/ports/legacy-layer';
import type { PluginPages } from './core/ports/plugin-pages';
import type { Sealer } from './core/ports/sealer';
import type { Settings } from './core/settings';
import type { InboxEngine } from './inbox/inbox-engine';
import * as authors from './index';
import type { HostOptions } from './operator/running-host';
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
import { Reconciler } from './plugins/reconciler';
import { createSignedAddresses } from './plugins/signed-addresses';
import { WantedFollower } from './plugins/wanted-follower';
import { WantedState } from './plugins/wanted-state';
import { createGuards } from './signatures/guards/create-guards';
import { createSchemesByHand } from './signatures/schemes-by-hand';
import { createSpecialSchemes } from './signatures/special/special-schemes';
import { createConfigStore } from './state/config-values';
import { warnOfMissing } from './state/missing-secrets';
import { createSecrets, type StoredSecrets } from './state/secrets';
import { createSignedUrls, type StoredSignedUrls } from './state/signed-urls';

export interface PluginsParts {
  readonly table: MountTable;
  readonly legacy: LegacyLayer | undefined;
  readonly engine: InboxEngine;
  readonly sealer: Sealer;
}

/** The plugins of a host, and what decides who may ask them. */
export interface HostPlugins {
  readonly reconciler: Reconciler;
  readonly registry: LocalPluginRegistry;
  readonly secrets: StoredSecrets;
  readonly signedUrls: StoredSignedUrls;
  readonly guards: Guards;
  readonly configs: LayeredConfigs;
  readonly pages: PluginPages;
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
  const wanted = await WantedState.open({
    file: path.join(data, 'plugins.json'),
    shared,
    newPlugins: plugins.newPlugins,
    logger,
  });
  const keys = () => reconciler.all().flatMap((plugin): PluginKey[] => (plugin.key ? [plugin.key] : []));
  const gate = createGatekeeping(options, logger, parts, keys);
  const { secrets, signedUrls, guards } = gate;
  const addresses = createSignedAddresses({ signedUrls, clock, logger });
  table.onChange((_key, seat) => warnOfMissing(seat?.live?.mount, { secrets, clock, logger }));
  const modules = (name: string, late: LateServices): unknown =>
    name === 'gatehouse' ? authors : (options.modules?.(name) ?? legacy?.modules[name]?.(late.get));
  const configs = createPluginConfigs({
    environment: options.env,
    fileOf: (key) => settings.perPlugin[key]?.config,
    stored: createConfigStore({ shared, sealer: parts.sealer, logger }),
    plugins: keys,
    find: (key) => {
      const plugin = pluginOf(reconciler, key);
      return plugin && { actor: plugin, config: plugin.config };
    },
  });
  const reconciler: Reconciler = new Reconciler({
    discover: () => discover({ ...plugins, workingFolder: process.cwd() }),
    guessKey: ({ entry, manifest }) => guessKey(entry, manifest),
    generations: {
      load: moduleLoader(modules),
      dialects: [nativeDialect],
      revise: revisions(settings, legacy, logger),
      accessIssues: (endpoint) => guards.issues(endpoint),
      provideAddresses: (mount) => addresses.provide(mount),
      services: services(options, logger, { engine, secrets, addresses, configs }),
      startMs: timeouts.startMs,
      logger,
    },
    table,
    wanted,
    drainMs: timeouts.drainMs,
    logger,
  });
  const follower = new WantedFollower({ reconciler, wanted, shared, hosts });
  const hearMs = Math.min(timeouts.startMs + timeouts.drainMs + HEAR_MARGIN_MS, MOST_HEAR_MS);
  const hasSecret = (key: PluginKey, name: string) => secrets.live(key, name, clock.now()).length > 0;
  const registry = new LocalPluginRegistry({ reconciler, wanted, follower, hosts, hearMs, hasSecret });
  return { reconciler, registry, configs, pages: createPluginPlaces(reconciler), ...gate };
}

type Gatekeeping = Pick<HostPlugins, 'secrets' | 'signedUrls' | 'guards' | 'specials' | 'close'>;

/** What decides who may ask. */
function createGatekeeping(
  { settings, env, clock = systemClock }: HostOptions,
  logger: Logger,
  { engine: { shared }, sealer }: PluginsParts,
  plugins: () => readonly PluginKey[],
): Gatekeeping {
  const secrets = createSecrets({ shared, sealer, environment: env, plugins, clock, logger });
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
    signedUrls.close();
    await closeFetch();
  };
  return { secrets, signedUrls, guards, specials, close };
}

/** What the operator wants of declarations: of webhook methods first, then of who may ask at all. */
function revisions(settings: Settings, legacy: LegacyLayer | undefined, logger: Logger) {
  const { routes, perPlugin } = settings;
  const access = operatorAccess({ defaultAccess: routes.defaultAccess, perPlugin, logger });
  return (key: PluginKey, declarations: Iterable<Declaration>) =>
    access(key, legacy?.revise(key, declarations) ?? declarations);
}

interface ServicesNeeds {
  readonly engine: InboxEngine;
  readonly secrets: StoredSecrets;
  readonly addresses: ReturnType<typeof createSignedAddresses>;
  readonly configs: LayeredConfigs;
}

function services(
  { settings, channels, clock = systemClock }: HostOptions,
  logger: Logger,
  { engine: { inbox }, secrets, addresses, configs }: ServicesNeeds,
): ServicesFactory {
  const { data, publicUrl, perPlugin, limits } = settings;
  const outgoingOf = createOutgoing({
    settings: settings.http,
    settingsOf: (key) => perPlugin[key]?.http,
    secrets,
    clock,
  });
  return servicesFactory({
    ...{ logger, data, publicUrl, addresses, outgoingOf },
    channels: channels ?? new DevelopmentChannel({ logger, clock }),
    tasksOf: (key, declared) => inbox.tasksOf(key, declared),
    configOf: (key, declared, actor) => configs.valuesOf(key, declared, actor),
    secretsOf: (key) => secrets.of(key),
    signatures: createSchemesByHand({ publicUrl, clock, jsonBytes: bodyLimits(undefined, limits).jsonBytes }),
  });
}
