import { readFileSync } from 'node:fs';
import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import { FILE_SUFFIX, ownVariables, variablePrefix } from '../core/plugin-variables';
import type { LiveSecret } from '../core/ports/secrets';
import type { Environment } from '../core/settings-variables';
import { LiveValue } from './live-value';

export interface EnvironmentSources {
  readonly environment: Environment;
  /** Every plugin known to the host: a variable belongs to the one whose name fits it best. */
  plugins(): Iterable<PluginKey>;
  readonly logger: Logger;
}

type Given = ReadonlyMap<string, LiveSecret>;
const NONE: Given = new Map();

/**
 * Secrets from variables `GATEHOUSE_SECRET_<AUTHOR>_<MODULE>_<NAME>`, and with `_FILE` behind it from the file that is
 * named, white space trimmed. By the upper-case name. A blank one is none.
 */
export class EnvironmentSecrets {
  readonly #known = new Map<PluginKey, Given>();

  constructor(private readonly sources: EnvironmentSources) {}

  /**
   * Reads a plugin's secrets again; what was known of them stays when that fails.
   * @throws secrets/ambiguous-variable when a variable fits two plugins equally well; secrets/unreadable-file
   */
  read(plugin: PluginKey): void {
    this.#known.set(plugin, this.#read(plugin));
    // One that was not known before may fit variables better than the plugin they were given to.
    const prefix = variablePrefix('SECRET', plugin);
    for (const other of this.#known.keys()) {
      const others = variablePrefix('SECRET', other);
      if (others.length < prefix.length && prefix.startsWith(others)) this.#known.delete(other);
    }
  }

  /** Never throws: what cannot be read is none, and logged. */
  of(plugin: PluginKey): Given {
    const known = this.#known.get(plugin);
    if (known !== undefined) return known;
    let given = NONE;
    try {
      given = this.#read(plugin);
    } catch (error) {
      const reason = toError(error).message;
      this.sources.logger.error('the secrets of the environment cannot be read', { plugin, reason });
    }
    this.#known.set(plugin, given);
    return given;
  }

  #read(plugin: PluginKey): Given {
    const { environment, plugins } = this.sources;
    const { prefix, given, twin } = ownVariables('SECRET', plugin, environment, plugins());
    if (twin !== undefined) throw new HostError('secrets/ambiguous-variable', [prefix, plugin, twin]);
    const found = new Map<string, LiveSecret>();
    for (const [name, text] of given) {
      const plain = nameOf(name);
      if (plain !== name && !isBlank(given.get(plain))) continue;
      const value = plain === name ? text : readValue(prefix + name, text);
      if (!isBlank(value)) found.set(plain, new LiveValue(prefix + name, value));
    }
    return found;
  }
}

function nameOf(name: string): string {
  const plain = name.slice(0, -FILE_SUFFIX.length);
  return name.endsWith(FILE_SUFFIX) && plain !== '' ? plain : name;
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

function readValue(variable: string, file: string): string {
  if (isBlank(file)) return '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new HostError('secrets/unreadable-file', [variable, file], { cause: error });
  }
}
