import type { Logger } from 'winston';
import { toError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { StoredConfig, StoredConfigs } from '../core/ports/plugin-config';
import type { Sealer } from '../core/ports/sealer';
import type { SharedState } from '../core/ports/shared-state';

export interface ConfigStoreParts {
  readonly shared: SharedState;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

type Values = Readonly<Record<string, unknown>>;

/** One plugin's values as they are stored: in clear, but for sealed ones, each sealed for its plugin and field. */
interface StoredRecord {
  readonly values: Values;
  readonly sealed: Readonly<Record<string, string>>;
}

const SPACE = 'config';
const NOTHING: Values = Object.freeze({});

/** What operators gave plugins as configuration; `shared` has been opened. */
export function createConfigStore({ shared, sealer, logger }: ConfigStoreParts): StoredConfigs {
  const contextOf = (key: PluginKey, name: string) => `config ${key} ${name}`;
  const openSealed = (key: PluginKey, [name, sealed]: [string, string]): [string, unknown][] => {
    try {
      return [[name, JSON.parse(sealer.open(sealed, contextOf(key, name))) as unknown]];
    } catch (error) {
      const reason = toError(error).message;
      logger.error('a stored config value cannot be opened and counts as none; set it again', {
        ...{ plugin: key, field: name, reason },
      });
      return [];
    }
  };
  return {
    get(key): StoredConfig {
      const found = shared.get(SPACE, key);
      if (found === undefined) return { values: NOTHING, revision: 0 };
      const record = readRecord(found.value);
      if (record === undefined) {
        logger.error('a stored config cannot be read; set it again', { plugin: key });
        return { values: NOTHING, revision: found.revision };
      }
      const opened = Object.entries(record.sealed).flatMap((entry) => openSealed(key, entry));
      return {
        values: Object.fromEntries([...Object.entries(record.values), ...opened]),
        revision: found.revision,
      };
    },
    async put(key, values, secrets, revision) {
      const entries = Object.entries(values);
      const record: StoredRecord = {
        values: Object.fromEntries(entries.filter(([name]) => !secrets.has(name))),
        sealed: Object.fromEntries(
          entries
            .filter(([name]) => secrets.has(name))
            .map(([name, value]) => [name, sealer.seal(JSON.stringify(value), contextOf(key, name))]),
        ),
      };
      const isStored = await shared.put(SPACE, key, JSON.stringify(record), revision);
      if (isStored) logger.info('a configuration was stored', { plugin: key, fields: Object.keys(values) });
      return isStored;
    },
    onChange: (changed) =>
      shared.onChange(SPACE, (name) => {
        const key = parsePluginKey(name);
        if (key !== undefined) changed(key);
      }),
  };
}

/** Undefined for what this release did not write. */
function readRecord(text: string): StoredRecord | undefined {
  try {
    const { values, sealed } = JSON.parse(text) as Partial<StoredRecord>;
    const isRecord = isMapping(values) && isMapping(sealed);
    return isRecord && Object.values(sealed).every((value) => typeof value === 'string')
      ? { values, sealed: sealed as StoredRecord['sealed'] }
      : undefined;
  } catch {
    return undefined;
  }
}

function isMapping(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
