import type { JsonSchema } from '../json-schema';
import type { PluginKey } from '../plugin-key';
import type { StandardSchema } from '../standard-schema';

/** What a plugin says of its configuration. */
export interface DeclaredConfig {
  readonly schema: StandardSchema;
  /** Of what it takes; undefined where the schema's library does not say. */
  readonly jsonSchema: JsonSchema | undefined;
}

/** Where the value of a field comes from; each goes before those named ahead of it here. */
export type ConfigSource = 'default' | 'file' | 'stored' | 'environment';

/** What stands in for a secret value wherever a configuration is shown. */
export interface MaskedValue {
  readonly isSet: boolean;
}

/** What is wrong with a value, as callers of the operator API are told: FastAPI's form. */
export interface ConfigIssue {
  /** `body`, `values`, and the field's own path. */
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** A configuration as operators see it; no secret value is in it. */
export interface ConfigView {
  /** Without the defaults of secret fields; undefined where the schema's library does not say. */
  readonly schema: JsonSchema | undefined;
  /** Of all sources; secret ones masked. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, ConfigSource>>;
  /** Variables that fields come from, by field. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of what is stored; 0 when nothing is. */
  readonly revision: number;
}

/** The configurations of this host's plugins that declare one. */
export interface PluginConfigs {
  /** Undefined when the plugin, if there is one, declares none. */
  view(key: PluginKey): ConfigView | undefined;
  /**
   * Stores `values` in place of what was stored, on every host; a masked value in place of a secret keeps what is stored.
   * Plugins that follow changes take it as it is, the others with their next load. Answers the new revision.
   * @throws plugin/refused-config (422) with the issues as its detail, plugin/stale-config (409), plugin/no-config (404),
   * inbox/unavailable (503)
   */
  change(key: PluginKey, values: Readonly<Record<string, unknown>>, revision: number): Promise<number>;
  /** Resolves once the generation that serves here has taken what is stored; false where it does not, and needs a reload. */
  taken(key: PluginKey): Promise<boolean>;
}

/** Changes of the configuration of one generation. */
export interface ConfigChanges {
  /**
   * Takes what operators store from now on, checked: `services.config` has it when `changed` is called, after each change that
   * makes a difference. What cannot be taken is logged. Ends with the generation, or when what it answers is called.
   */
  follow(changed: (values: StoredConfig['values'], before: StoredConfig['values']) => void): () => void;
}

/** Values that operators gave, with the revision that a change must name. */
export interface StoredConfig {
  readonly values: Readonly<Record<string, unknown>>;
  readonly revision: number;
}

/** What operators gave, shared by the hosts of one database. */
export interface StoredConfigs {
  get(key: PluginKey): StoredConfig;
  /**
   * Replaces the values, those of `secrets` (fields) sealed. False when the revision is not the present one.
   * @throws inbox/unavailable
   */
  put(
    key: PluginKey,
    values: StoredConfig['values'],
    secrets: ReadonlySet<string>,
    revision: number,
  ): Promise<boolean>;
  /** Called after each change, whichever host made it. Answers how to stop. */
  onChange(changed: (key: PluginKey) => void): () => void;
}
