import { timingSafeEqual } from '../core/by-hand';
import type { PluginKey } from '../core/plugin-key';
import type { ProposedSecret } from '../core/ports/secrets';
import { SealedRecords, type OpenedRecord, type RecordParts, type SealedRecord } from './sealed-records';

const PROPOSALS = {
  space: 'proposed-secrets',
  noun: 'proposal',
  remedy: 'have its sender set up the webhook again',
};

/**
 * Values that senders chose for themselves while they were set up. They lie in a space of their own, so that no release takes
 * one for a secret. One per name: anybody can send such a value, and the first must not be replaced while somebody reads of it.
 */
export class Proposals {
  readonly #records: SealedRecords;

  constructor(parts: RecordParts) {
    this.#records = new SealedRecords(parts, PROPOSALS, () => undefined);
  }

  close(): void {
    this.#records.close();
  }

  of(plugin: PluginKey, name: string): OpenedRecord | undefined {
    return this.#records.of(plugin, name)[0];
  }

  list(plugin?: PluginKey): readonly ProposedSecret[] {
    return (plugin === undefined ? [...this.#records.plugins()].sort() : [plugin]).flatMap((key) =>
      [...this.#records.namesOf(key)].sort().flatMap((name) => {
        const waiting = this.of(key, name);
        return waiting === undefined
          ? []
          : [{ plugin: key, name, id: waiting.live.id, createdAt: waiting.createdAt }];
      }),
    );
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
    return timingSafeEqual(waiting.live.value, value) ? waiting.live.id : undefined;
  }

  /** False when none waited. @throws inbox/unavailable */
  async drop(plugin: PluginKey, name: string): Promise<boolean> {
    if (this.of(plugin, name) === undefined) return false;
    return (await this.#records.change(plugin, name, () => [])).length > 0;
  }
}
