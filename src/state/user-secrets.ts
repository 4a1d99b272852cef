import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock';
import { isSecretName, type DeclaredSecret } from '../core/declared-secrets';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { PluginSecrets } from '../core/ports/secrets';
import type { UserSecretInfo, UserSecrets } from '../core/ports/user-secrets';
import { checkUserId, isUserId } from '../core/user-id';
import { SealedRecords, type RecordParts } from './sealed-records';
import { checkValue, checkWriter, type SecretWriter } from './secret-rules';
import type { DeclaredSecrets } from './secrets';

export interface UserSecretsParts extends RecordParts {
  readonly clock: Clock;
  /** What the generation declares that serves under a key; nothing is known of others. */
  readonly declared?: ((plugin: PluginKey) => readonly DeclaredSecret[]) | undefined;
}

/** What is sealed has the user's name in what it is sealed for: one user's value opens at no other's place. */
export const USER_SECRETS = { space: 'user-secrets', noun: 'user-secret', remedy: 'set it again' };

/** Of one plugin, over all its users: each host holds all of them in memory. Hosts that write at once may pass it by a few. */
const MOST_VALUES = 10_000;
const MOST_BYTES = 8 * 1024 ** 2;

/** The secrets of this host's plugins' users; `shared` has been opened. */
export function createUserSecrets(parts: UserSecretsParts): StoredUserSecrets {
  return new StoredUserSecrets(parts);
}

/** Secrets over what hosts share, under `<key>/<user>/<name>`. */
export class StoredUserSecrets implements UserSecrets {
  readonly #records: SealedRecords;

  constructor(private readonly parts: UserSecretsParts) {
    this.#records = new SealedRecords(parts, USER_SECRETS, () => undefined);
  }

  close(): void {
    this.#records.close();
  }

  /** What a generation of a plugin gets in the name of one user. @throws users/bad-id */
  of(plugin: PluginKey, userId: string, declared: DeclaredSecrets = () => []): PluginSecrets {
    const user = encoded(userId);
    return Object.freeze<PluginSecrets>({
      get: (name) => (isSecretName(name) ? this.#valueOf(plugin, `${user}/${name}`) : undefined),
      set: async (name, value) => {
        const known = declared();
        if (known === undefined) throw new HostError('plugin/start-too-early', ['asUser(…).secrets.set']);
        await this.#put('plugin', { plugin, userId, name }, value, known);
      },
    });
  }

  list(plugin: PluginKey, userId?: string): readonly UserSecretInfo[] {
    return [...this.#records.addresses(plugin)].flatMap(([, address]) => {
      const [user = '', name = ''] = address.split('/');
      const owner = decodeURIComponent(user);
      if (userId !== undefined && owner !== userId) return [];
      return this.#records
        .of(plugin, address)
        .map(({ live: { id }, createdAt }) => ({ plugin, userId: owner, name, id, createdAt }));
    });
  }

  async set(plugin: PluginKey, userId: string, name: string, value: string): Promise<string> {
    return this.#put('operator', { plugin, userId, name }, value, this.parts.declared?.(plugin) ?? []);
  }

  async remove(plugin: PluginKey, userId: string, name: string): Promise<boolean> {
    if (!isUserId(userId) || !isSecretName(name)) return false;
    const before = await this.#records.change(plugin, `${encoded(userId)}/${name}`, () => []);
    if (before.length > 0) this.#tell('a secret of a user was removed', { plugin, userId, name });
    return before.length > 0;
  }

  async #put(
    writer: SecretWriter,
    place: { readonly plugin: PluginKey; readonly userId: string; readonly name: string },
    value: string,
    declared: readonly DeclaredSecret[],
  ): Promise<string> {
    const { plugin, userId, name } = place;
    const user = encoded(userId);
    checkValue(name, value, declared);
    checkWriter(writer, plugin, name, declared);
    const address = `${user}/${name}`;
    this.#refuseTooMany(plugin, address, value);
    const id = `s-${randomBytes(6).toString('hex')}`;
    const sealed = this.#records.seal(plugin, address, id, value);
    const record = { id, sealed, createdAt: this.parts.clock.now() };
    await this.#records.change(plugin, address, () => [record]);
    this.#tell('a secret of a user was set', place, id);
    return id;
  }

  #refuseTooMany(plugin: PluginKey, address: string, value: string): void {
    let count = 1;
    let bytes = Buffer.byteLength(value);
    for (const other of this.#records.namesOf(plugin)) {
      if (other === address) continue;
      count += 1;
      bytes += Buffer.byteLength(this.#valueOf(plugin, other) ?? '');
    }
    if (count > MOST_VALUES)
      throw new HostError('secrets/too-many-for-users', [plugin, `${MOST_VALUES} secrets`]);
    if (bytes > MOST_BYTES)
      throw new HostError('secrets/too-many-for-users', [plugin, `${MOST_BYTES} bytes`]);
  }

  #valueOf(plugin: PluginKey, address: string): string | undefined {
    return this.#records.of(plugin, address)[0]?.live.value;
  }

  #tell(what: string, place: { plugin: PluginKey; userId: string; name: string }, id?: string): void {
    const { plugin, userId, name } = place;
    this.parts.logger.info(what, { plugin, user: userId, secret: name, ...(id !== undefined && { id }) });
  }
}

/** As a part of an address: no slash in it. @throws users/bad-id */
function encoded(userId: string): string {
  checkUserId(userId);
  return encodeURIComponent(userId);
}
