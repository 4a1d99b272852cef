import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock';
import { isSecretName, secretVariable, type DeclaredSecret } from '../core/declared-secrets';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { LiveSecret, PluginSecrets, ProposedSecret, SecretInfo, Secrets } from '../core/ports/secrets';
import type { RequestOrigin } from '../core/signed-request';
import { EnvironmentSecrets, type EnvironmentSources } from './environment-secrets';
import { Proposals } from './proposals';
import { checkValue, checkWriter, type SecretWriter } from './secret-rules';
import {
  isLive,
  SealedRecords,
  type OpenedRecord,
  type RecordParts,
  type SealedRecord,
} from './sealed-records';

export interface SecretsParts extends RecordParts, EnvironmentSources {
  readonly clock: Clock;
  /** What the generation declares that serves under a key; nothing is known of others. */
  readonly declared?: ((plugin: PluginKey) => readonly DeclaredSecret[]) | undefined;
}
/** What a generation declares; undefined before it was read. */
export type DeclaredSecrets = () => readonly DeclaredSecret[] | undefined;

/** Of one name: each request is tried with all of them, and all must fit into one shared value. */
const MOST_LIVE = 8;
const NONE: readonly LiveSecret[] = [];
export const SECRETS = { space: 'secrets', noun: 'secret', remedy: 'set it again' };

/** The live values of one name, made when they are first asked for. */
interface Prepared {
  readonly given: LiveSecret | undefined;
  readonly stored: readonly OpenedRecord[];
  /** The answer as long as none of them ends. */
  readonly lasting: readonly LiveSecret[] | undefined;
}

/** The secrets of this host's plugins; `shared` has been opened. */
export function createSecrets(parts: SecretsParts): StoredSecrets {
  return new StoredSecrets(parts);
}

/** Secrets over what hosts share and this process's environment. */
export class StoredSecrets implements Secrets {
  readonly #prepared = new Map<PluginKey, Map<string, Prepared>>();
  readonly #environment: EnvironmentSecrets;
  readonly #records: SealedRecords;
  readonly #proposals: Proposals;

  constructor(private readonly parts: SecretsParts) {
    this.#environment = new EnvironmentSecrets(parts);
    this.#records = new SealedRecords(parts, SECRETS, (plugin) => this.#prepared.delete(plugin));
    this.#proposals = new Proposals(parts);
  }

  close(): void {
    this.#records.close();
    this.#proposals.close();
  }

  /**
   * What a generation of a plugin gets, held to what it declares; reads its variables again.
   * @throws secrets/ambiguous-variable, secrets/unreadable-file
   */
  of(plugin: PluginKey, declared: DeclaredSecrets = () => []): PluginSecrets {
    this.#environment.read(plugin);
    this.#prepared.clear();
    return {
      get: (name) =>
        isSecretName(name) ? this.live(plugin, name, this.parts.clock.now())[0]?.value : undefined,
      set: async (name, value) => {
        const known = declared();
        if (known === undefined) throw new HostError('plugin/start-too-early', ['secrets.set']);
        await this.#replace('plugin', plugin, name, value, known);
      },
    };
  }

  live(plugin: PluginKey, name: string, now: number): readonly LiveSecret[] {
    const prepared = this.#prepared.get(plugin)?.get(name) ?? this.#prepare(plugin, name);
    if (prepared === undefined) return NONE;
    if (prepared.lasting !== undefined) return prepared.lasting;
    const stored = prepared.stored.filter((secret) => isLive(secret, now)).map(({ live }) => live);
    return prepared.given === undefined ? stored : [prepared.given, ...stored];
  }

  list(plugin?: PluginKey): readonly SecretInfo[] {
    const known = new Set([...this.parts.plugins(), ...this.#records.plugins()]);
    return (plugin === undefined ? [...known].sort() : [plugin]).flatMap((key) => this.#listOf(key));
  }

  *namesOf(plugin: PluginKey): Iterable<string> {
    yield* this.#environment.of(plugin).keys();
    yield* this.#records.namesOf(plugin);
  }

  async set(plugin: PluginKey, name: string, value: string): Promise<string> {
    return this.#replace('operator', plugin, name, value, this.#declared(plugin));
  }

  async #replace(
    writer: SecretWriter,
    plugin: PluginKey,
    name: string,
    value: string,
    declared: readonly DeclaredSecret[],
  ): Promise<string> {
    const { id, record } = this.#seal(writer, plugin, name, value, declared);
    await this.#records.change(plugin, name, () => [record]);
    await this.#proposals.drop(plugin, name);
    this.#tell('a secret was set', plugin, name, id);
    return id;
  }

  async rotate(plugin: PluginKey, name: string, value: string, overlapMs: number): Promise<string> {
    const { id, record } = this.#seal('operator', plugin, name, value);
    const now = record.createdAt;
    const end = now + overlapMs;
    await this.#records.change(plugin, name, (before) => {
      const kept = before
        .map((old) => ({ ...old, notAfter: Math.min(old.notAfter ?? end, end) }))
        .filter(({ notAfter }) => notAfter > now);
      if (kept.length >= MOST_LIVE) throw new HostError('secrets/too-many', [name, kept.length]);
      return [record, ...kept];
    });
    await this.#proposals.drop(plugin, name);
    this.#tell('a secret was rotated', plugin, name, id);
    return id;
  }

  async remove(plugin: PluginKey, name: string): Promise<boolean> {
    const waited = await this.#proposals.drop(plugin, name);
    const before = await this.#records.change(plugin, name, () => []);
    const isRemoved = waited || before.length > 0;
    if (isRemoved) this.#tell('a secret was removed', plugin, name);
    else this.#refuseGiven(plugin, name);
    return isRemoved;
  }

  async propose(
    plugin: PluginKey,
    name: string,
    value: string,
    from?: RequestOrigin,
  ): Promise<string | undefined> {
    if (this.live(plugin, name, this.parts.clock.now()).length > 0) return undefined;
    checkValue(name, value, this.#declared(plugin));
    const sealed = this.#recordOf((id) => this.#proposals.seal(plugin, name, id, value));
    const record = from === undefined ? sealed : { ...sealed, from };
    const id = await this.#proposals.add(plugin, name, value, record);
    if (id === record.id)
      this.#tell('a sender chose a secret; it waits for approval', plugin, name, id, from);
    return id;
  }

  proposals(plugin?: PluginKey): readonly ProposedSecret[] {
    return this.#proposals.list(plugin);
  }

  async approve(plugin: PluginKey, name: string, proposed?: string): Promise<string | undefined> {
    const waiting = this.#proposals.of(plugin, name);
    if (waiting === undefined) return undefined;
    if (proposed !== undefined && proposed !== waiting.live.id)
      throw new HostError('secrets/other-waits', [plugin, name, waiting.live.id]);
    const { id, record } = this.#seal('operator', plugin, name, waiting.live.value);
    await this.#records.change(plugin, name, (before) => {
      if (before.some((old) => isLive(old, record.createdAt)))
        throw new HostError('secrets/already-set', [plugin, name]);
      return [record];
    });
    await this.#proposals.drop(plugin, name);
    this.#tell('a secret was approved', plugin, name, id);
    return id;
  }

  async dismiss(plugin: PluginKey, name: string): Promise<boolean> {
    const isDismissed = await this.#proposals.drop(plugin, name);
    if (isDismissed) this.#tell('a proposed secret was dismissed', plugin, name);
    return isDismissed;
  }

  /** What nobody has is not remembered: a plugin may ask for any name. */
  #prepare(plugin: PluginKey, name: string): Prepared | undefined {
    const given = this.#environment.of(plugin).get(secretVariable(name));
    const stored = this.#records.of(plugin, name);
    if (given === undefined && stored.length === 0) return undefined;
    const all = [...(given === undefined ? [] : [given]), ...stored.map(({ live }) => live)];
    const lasting = stored.every(({ notAfter }) => notAfter === undefined) ? all : undefined;
    const prepared = { given, stored, lasting };
    const names = this.#prepared.get(plugin) ?? new Map<string, Prepared>();
    this.#prepared.set(plugin, names.set(name, prepared));
    return prepared;
  }

  #listOf(plugin: PluginKey): SecretInfo[] {
    const now = this.parts.clock.now();
    const given = [...this.#environment.of(plugin)].map(([name, { id }]) => ({
      ...{ plugin, name, id, origin: 'environment' as const, createdAt: undefined, notAfter: undefined },
    }));
    const stored = [...this.#records.namesOf(plugin)].flatMap((name) =>
      this.#records
        .of(plugin, name)
        .filter((secret) => isLive(secret, now))
        .map(({ live: { id }, createdAt, notAfter }) => ({
          ...{ plugin, name, id, origin: 'stored' as const, createdAt, notAfter },
        })),
    );
    return [...given, ...stored].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  #seal(
    writer: SecretWriter,
    plugin: PluginKey,
    name: string,
    value: string,
    declared = this.#declared(plugin),
  ): { id: string; record: SealedRecord } {
    checkValue(name, value, declared);
    checkWriter(writer, plugin, name, declared);
    this.#refuseGiven(plugin, name);
    const record = this.#recordOf((id) => this.#records.seal(plugin, name, id, value));
    return { id: record.id, record };
  }

  #declared(plugin: PluginKey): readonly DeclaredSecret[] {
    return this.parts.declared?.(plugin) ?? [];
  }

  #recordOf(seal: (id: string) => string): SealedRecord {
    const id = `s-${randomBytes(6).toString('hex')}`;
    return { id, sealed: seal(id), createdAt: this.parts.clock.now() };
  }

  #refuseGiven(plugin: PluginKey, name: string): void {
    const given = this.#environment.of(plugin).get(secretVariable(name));
    if (given !== undefined) throw new HostError('secrets/from-environment', [name, given.id]);
  }

  #tell(what: string, plugin: PluginKey, name: string, id?: string, from?: RequestOrigin): void {
    this.parts.logger.info(what, { plugin, secret: name, ...(id !== undefined && { id }), ...from });
  }
}
