import type { SecretDeclaration } from '../core/declaration';
import { isSecretName, LARGEST_SECRET_BYTES } from '../core/declared-secrets';
import { among, aText, checkOptions, flag, type Rule } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';

export interface SecretOptions {
  /** What it is for and where to get it; operators read this. */
  readonly description?: string | undefined;
  /** The plugin loads without it; endpoints that need it answer 503, and operators are told. Default false. */
  readonly required?: boolean | undefined;
  /**
   * Who sets it. `user`: operators, for the plugin or in the name of one of its users; `extension`: the plugin's own code, as a
   * token it was given; `both` (default).
   */
  readonly writeMode?: 'user' | 'extension' | 'both' | undefined;
  /** Of a value in UTF-8, whoever sets it. Default, and most: 16 KiB. */
  readonly maxBytes?: number | undefined;
}

const upToLargest: Rule = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) <= LARGEST_SECRET_BYTES
    ? undefined
    : `must be a whole number from 1 to ${LARGEST_SECRET_BYTES}`;
const RULES = {
  description: aText,
  required: flag,
  writeMode: among(['user', 'extension', 'both']),
  maxBytes: upToLargest,
};

/**
 * A secret as core knows it.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function secretDeclaration(
  key: PluginKey,
  where: string,
  name: string,
  options: SecretOptions,
): SecretDeclaration {
  checkOptions(key, where, options, RULES, [
    isSecretName(name)
      ? undefined
      : 'the name is a letter, then letters, digits, "_", "-" and ".", 100 in all, not ending in _FILE',
  ]);
  const { description = '', required = false, writeMode = 'both', maxBytes } = options;
  return {
    ...{ kind: 'secret', origin: { dialect: 'native', where }, name, description, required },
    // What is the default anyway is not said: equal declarations are equal data.
    ...(writeMode !== 'both' && { writeMode }),
    ...(maxBytes !== undefined && { maxBytes }),
  };
}
