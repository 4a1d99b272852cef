import {
  declaredAs,
  isSecretName,
  LARGEST_SECRET_BYTES,
  type DeclaredSecret,
} from '../core/declared-secrets';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';

/** Who sets a value: the plugin's own code, or somebody else: an operator, for themselves or in a user's name. */
export type SecretWriter = 'plugin' | 'operator';

const REFUSED: Readonly<Record<SecretWriter, 'user' | 'extension'>> = {
  plugin: 'user',
  operator: 'extension',
};

/**
 * What is not declared may be set by both.
 * @throws secrets/not-yours for plugins, secrets/plugins-own for operators
 */
export function checkWriter(
  writer: SecretWriter,
  plugin: PluginKey,
  name: string,
  declared: readonly DeclaredSecret[],
): void {
  if (declaredAs(declared, name)?.writeMode !== REFUSED[writer]) return;
  throw new HostError(writer === 'plugin' ? 'secrets/not-yours' : 'secrets/plugins-own', [plugin, name]);
}

/** @throws secrets/bad-name, secrets/empty-value, secrets/too-large */
export function checkValue(name: string, value: string, declared: readonly DeclaredSecret[]): void {
  if (!isSecretName(name)) throw new HostError('secrets/bad-name', [String(name)]);
  if (typeof value !== 'string' || value.trim() === '') throw new HostError('secrets/empty-value', [name]);
  const mostBytes = Math.min(declaredAs(declared, name)?.maxBytes ?? Infinity, LARGEST_SECRET_BYTES);
  if (Buffer.byteLength(value) > mostBytes) throw new HostError('secrets/too-large', [name, mostBytes]);
}
