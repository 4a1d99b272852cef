import type { SecretDeclaration } from '../core/declaration';
import { isSecretName } from '../core/declared-secrets';
import { aText, checkOptions, flag } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';

export interface SecretOptions {
  /** What it is for and where to get it; operators read this. */
  readonly description?: string | undefined;
  /** The plugin loads without it; endpoints that need it answer 503, and operators are told. Default false. */
  readonly required?: boolean | undefined;
}

const RULES = { description: aText, required: flag };

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
  const { description = '', required = false } = options;
  return { kind: 'secret', origin: { dialect: 'native', where }, name, description, required };
}
