import { HostError } from '../core/errors';
import { actorNamed, type Actor } from '../core/actor';
import type { PluginKey } from '../core/plugin-key';
import type {
  ConfigSource,
  ConfigView,
  DeclaredConfig,
  PluginConfigs,
  StoredConfig,
  StoredConfigs,
} from '../core/ports/plugin-config';
import type { Environment } from '../core/settings-variables';
import { checkConfig, shownFaults, writtenValues, type ConfigFault } from './config-check';
import type { ConfigFollower } from './config-follower';
import { maskedValues, secretFields, shownSchema, unmaskedValues } from './config-secrets';
import { readConfigEntries, readConfigValues, type ConfigEntry } from './config-values';

/** A plugin as far as its configuration goes: what it declares, and whose code that is. */
export interface ConfiguredPlugin {
  readonly actor: Actor;
  readonly config: DeclaredConfig | undefined;
}

export interface PluginConfigsParts {
  readonly environment: Environment;
  /** `plugins.<key>.config` of the settings file. */
  readonly fileOf: (key: PluginKey) => Readonly<Record<string, unknown>> | undefined;
  readonly stored: StoredConfigs;
  /** Every plugin known to the host. */
  readonly plugins: () => Iterable<PluginKey>;
  /** The plugin of this host that has the key. */
  readonly find: (key: PluginKey) => ConfiguredPlugin | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/** Configurations over the settings file, what operators stored and this process's environment. */
export function createPluginConfigs(parts: PluginConfigsParts): LayeredConfigs {
  return new LayeredConfigs(parts);
}

export class LayeredConfigs implements PluginConfigs {
  readonly #followers = new Map<PluginKey, Set<ConfigFollower>>();

  constructor(private readonly parts: PluginConfigsParts) {}

  /**
   * The values of one generation, frozen: with a schema what it makes of them, and those it does not know as they are.
   * @throws plugin/invalid-config listing everything wrong, plugin/ambiguous-config, plugin/config-unreadable
   */
  async valuesOf(
    key: PluginKey,
    declared: DeclaredConfig | undefined,
    actor: Actor = actorNamed(key),
  ): Promise<Values> {
    const { environment, fileOf, stored, plugins } = this.parts;
    // What was stored for a schema that is gone can be neither seen nor changed: it counts no more.
    if (declared === undefined)
      return readConfigValues(key, { environment, file: fileOf(key), others: plugins() });
    const entries = this.#entries(key, declared, stored.get(key).values);
    const checked = await checkConfig(declared, entries, actor);
    if (checked.ok) return checked.values;
    throw new HostError('plugin/invalid-config', [key, shownFaults(key, checked.faults)]);
  }

  /** Tells `follower` of what is stored for the plugin from now on; answers how to stop. */
  follow(key: PluginKey, follower: ConfigFollower): () => void {
    const followers = this.#followers.get(key) ?? new Set();
    this.#followers.set(key, followers.add(follower));
    const stop = this.parts.stored.onChange((changed) => {
      if (changed === key) follower.changed();
    });
    return () => {
      stop();
      followers.delete(follower);
      if (followers.size === 0 && this.#followers.get(key) === followers) this.#followers.delete(key);
    };
  }

  async taken(key: PluginKey): Promise<boolean> {
    const followers = [...(this.#followers.get(key) ?? [])];
    const settled = await Promise.all(followers.map((follower) => follower.settled()));
    return settled.length > 0 && settled.every((isTaken) => isTaken);
  }

  view(key: PluginKey): ConfigView | undefined {
    const declared = this.parts.find(key)?.config;
    if (declared === undefined) return undefined;
    const stored = this.parts.stored.get(key);
    const entries = this.#entries(key, declared, stored.values);
    const defaults = defaultsOf(declared, entries);
    const values = { ...defaults, ...writtenValues(declared, entries) };
    const given = [...entries];
    return {
      schema: shownSchema(declared.jsonSchema),
      values: plainJson(maskedValues(declared, values)),
      sources: Object.fromEntries([
        ...Object.keys(defaults).map((name): [string, ConfigSource] => [name, 'default']),
        ...given.map(([name, { source }]): [string, ConfigSource] => [name, source]),
      ]),
      variables: Object.fromEntries(
        given.flatMap(([name, { variable }]) => (variable === undefined ? [] : [[name, variable]])),
      ),
      revision: stored.revision,
    };
  }

  async change(key: PluginKey, given: Values, revision: number): Promise<number> {
    const { find, stored } = this.parts;
    const plugin = find(key);
    const declared = plugin?.config;
    if (plugin === undefined || declared === undefined) throw new HostError('plugin/no-config', [key]);
    const before = stored.get(key);
    if (before.revision !== revision) throw new HostError('plugin/stale-config', [key]);
    const values = {
      ...overridden(before.values, given, this.#entries(key, declared, before.values)),
      ...unmaskedValues(declared, given, before.values, this.parts.fileOf(key) ?? {}),
    };
    const entries = this.#entries(key, declared, values);
    const faults = [
      ...refusedNames(declared, values, entries, before),
      ...(await faultsOf(declared, entries, plugin.actor)),
    ];
    if (faults.length > 0) throw refusal(key, faults);
    const secrets = secretFields(declared) ?? new Set(Object.keys(values));
    const isStored = await stored.put(key, values, secrets, revision);
    if (!isStored) throw new HostError('plugin/stale-config', [key]);
    return stored.get(key).revision;
  }

  #entries(key: PluginKey, declared: DeclaredConfig, stored: Values): Map<string, ConfigEntry> {
    const { environment, fileOf, plugins } = this.parts;
    const names = Object.keys(declared.jsonSchema?.properties ?? {});
    const sources = { environment, file: fileOf(key), stored, declared: names };
    return readConfigEntries(key, { ...sources, others: plugins() });
  }
}

async function faultsOf(
  declared: DeclaredConfig,
  entries: ReadonlyMap<string, ConfigEntry>,
  actor: Actor,
): Promise<readonly ConfigFault[]> {
  const checked = await checkConfig(declared, entries, actor);
  return checked.ok ? [] : checked.faults;
}

/** What is stored under variables: whoever changes the rest neither sees it nor means it. */
function overridden(before: Values, given: Values, entries: ReadonlyMap<string, ConfigEntry>): Values {
  return Object.fromEntries(
    Object.entries(before).filter(
      ([name]) => entries.get(name)?.source === 'environment' && !Object.hasOwn(given, name),
    ),
  );
}

/** What the schema would pass over: names it does not know, and values that a variable overrides. */
function refusedNames(
  declared: DeclaredConfig,
  values: Values,
  entries: ReadonlyMap<string, ConfigEntry>,
  before: StoredConfig,
): ConfigFault[] {
  const { properties, additionalProperties } = declared.jsonSchema ?? {};
  const isOpen = properties === undefined || typeof additionalProperties === 'object';
  return Object.entries(values).flatMap(([name, value]): ConfigFault[] => {
    const fault = { path: [name], source: 'stored' as const, variable: undefined };
    const { variable } = entries.get(name) ?? {};
    if (variable !== undefined && JSON.stringify(before.values[name]) !== JSON.stringify(value))
      return [
        { ...fault, type: 'from_environment', message: `${variable} gives the value; change it there` },
      ];
    if (isOpen || Object.hasOwn(properties, name)) return [];
    return [{ ...fault, type: 'extra_forbidden', message: 'the schema declares no such field' }];
  });
}

function refusal(key: PluginKey, faults: readonly ConfigFault[]): HostError {
  const detail = faults.map(({ path, message, type }) => ({
    loc: ['body', 'values', ...path],
    msg: message,
    type,
  }));
  return new HostError('plugin/refused-config', [key], { members: { detail } });
}

/** Of fields that nobody gave. */
function defaultsOf(declared: DeclaredConfig, entries: ReadonlyMap<string, ConfigEntry>): Values {
  const fields = Object.entries(declared.jsonSchema?.properties ?? {});
  return Object.fromEntries(
    fields
      .filter(([name, field]) => !entries.has(name) && field['default'] !== undefined)
      .map(([name, field]) => [name, field['default']]),
  );
}

/** As JSON has it: dates and big integers as texts. */
function plainJson(values: Values): Values {
  const text = JSON.stringify(values, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return JSON.parse(text) as Values;
}
