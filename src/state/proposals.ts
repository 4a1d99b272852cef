import { hash } from 'node:crypto';
import { timingSafeEqual } from '../core/by-hand';
import type { PluginKey } from '../core/plugin-key';
import type { ProposedSecret } from '../core/ports/secrets';
import { SealedRecords, type OpenedRecord, type RecordParts, type SealedRecord } from './sealed-records';

export const PROPOSALS = {
  space: 'proposed-secrets',
  noun: 'proposal',
  remedy: 'have its sender set up the webhook again',
};
/** Between two lines about one name. */
const WARN_MS = 60_000;

/**
 * Values that senders chose for themselves while they were set up. They lie in a space of their own, so that no release takes
 * one for a secret. One per name: anybody can send such a value, and the first must not be replaced while somebody reads of it.
 */
export class Proposals {
  readonly #records: SealedRecords;

  /** By address, epoch ms; as many as there are names that senders may propose a value for. */
  readonly #warnedAt = new Map<string, number>();

  constructor(private readonly parts: RecordParts) {
    this.#records = new SealedRecords(parts, PROPOSALS, () => undefined);
  }

  close(): void {
    this.#records.close();
  }

  of(plugin: PluginKey, name: string): OpenedRecord | undefined {
    return this.#records.of(plugin, name)[0];
  }

  list(plugin?: PluginKey): readonly ProposedSecret[] {
    return [...this.#records.addresses(plugin)].flatMap(([key, name]) => {
      const waiting = this.of(key, name);
      if (waiting === undefined) return [];
      const { live, createdAt, from } = waiting;
      return [{ plugin: key, name, id: live.id, createdAt, fingerprint: fingerprintOf(live.value), from }];
    });
  }

  seal(plugin: PluginKey, name: string, id: string, value: string): string {
    return this.#records.seal(plugin, name, id, value);
  }

  /** The id that waits: the record's, or that of the same value; undefined where another one waits. @throws inbox/unavailable */
  async add(
    plugin: PluginKey,
    name: string,
    value: string,
    record: SealedRecord,
  ): Promise<string | undefined> {
    let waiting: OpenedRecord | undefined;
    await this.#records.change(plugin, name, (before) => {
      waiting = this.of(plugin, name);
      return waiting === undefined ? [record] : before;
    });
    if (waiting === undefined) return record.id;
    if (timingSafeEqual(waiting.live.value, value)) return waiting.live.id;
    this.#warn(plugin, name, waiting.live.id, record);
    return undefined;
  }

  /** Somebody else may have been first, and the right one may be this. */
  #warn(plugin: PluginKey, name: string, id: string, { createdAt, from }: SealedRecord): void {
    const address = `${plugin}/${name}`;
    if (createdAt - (this.#warnedAt.get(address) ?? -WARN_MS) < WARN_MS) return;
    this.#warnedAt.set(address, createdAt);
    this.parts.logger.warn('another value came for a secret while one waits for approval; it was refused', {
      ...{ plugin, secret: name, waiting: id, ...from },
    });
  }

  /** False when none waited. @throws inbox/unavailable */
  async drop(plugin: PluginKey, name: string): Promise<boolean> {
    if (this.of(plugin, name) === undefined) return false;
    return (await this.#records.change(plugin, name, () => [])).length > 0;
  }
}

const fingerprintOf = (value: string) => hash('sha256', value, 'hex').slice(0, 8);
