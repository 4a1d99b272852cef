import type { Logger } from 'winston';
import { HostError, toError } from '../core/errors';
import { parsePluginKey, type PluginKey } from '../core/plugin-key';
import type { Sealer } from '../core/ports/sealer';
import type { LiveSecret } from '../core/ports/secrets';
import type { SharedState, SharedValue } from '../core/ports/shared-state';
import type { RequestOrigin } from '../core/signed-request';
import { LiveValue } from './live-value';

/** One value as it is stored: all of a name are one JSON list, newest first. */
export interface SealedRecord {
  readonly id: string;
  readonly sealed: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms after which it no longer counts. */
  readonly notAfter?: number | undefined;
  /** Whose request brought it, where one did. */
  readonly from?: RequestOrigin | undefined;
}
export interface OpenedRecord {
  readonly live: LiveSecret;
  readonly createdAt: number;
  readonly notAfter: number | undefined;
  readonly from: RequestOrigin | undefined;
}

export interface RecordParts {
  readonly shared: SharedState;
  readonly sealer: Sealer;
  readonly logger: Logger;
}

/** What the records of one space are. */
export interface RecordKind {
  readonly space: string;
  /** Names what is kept, in what it is sealed for and in log lines. */
  readonly noun: string;
  /** What to do about one that cannot be opened. */
  readonly remedy: string;
}

/** Of changes that others made first; each of them means that somebody got on. */
const MOST_TRIES = 20;
const NONE: readonly OpenedRecord[] = [];

type ByName = Map<string, readonly OpenedRecord[]>;

/** What one space keeps sealed, by plugin and name, opened, in memory; what other hosts change is taken over. */
export class SealedRecords {
  readonly #plugins = new Map<PluginKey, ByName>();
  readonly #stopListening: () => void;

  /** `changed` is called after each change, whoever made it. */
  constructor(
    private readonly parts: RecordParts,
    private readonly kind: RecordKind,
    private readonly changed: (plugin: PluginKey) => void,
  ) {
    for (const value of parts.shared.list(kind.space)) this.#take(value.name, value);
    this.#stopListening = parts.shared.onChange(kind.space, (name, value) => this.#take(name, value));
  }

  close(): void {
    this.#stopListening();
  }

  /** Newest first, those that ended included. */
  of(plugin: PluginKey, name: string): readonly OpenedRecord[] {
    return this.#plugins.get(plugin)?.get(name) ?? NONE;
  }
  /** Each plugin's names, in order; of one plugin where it is given. */
  *addresses(plugin?: PluginKey): Iterable<readonly [plugin: PluginKey, name: string]> {
    for (const key of plugin === undefined ? [...this.#plugins.keys()].sort() : [plugin])
      for (const name of [...this.namesOf(key)].sort()) yield [key, name];
  }
  namesOf(plugin: PluginKey): Iterable<string> {
    return this.#plugins.get(plugin)?.keys() ?? [];
  }
  plugins(): Iterable<PluginKey> {
    return this.#plugins.keys();
  }

  seal(plugin: PluginKey, name: string, id: string, value: string): string {
    return this.parts.sealer.seal(value, this.#contextOf(plugin, name, id));
  }

  /**
   * Makes the records of a name what `next` says; it is asked again when somebody else was first, and what it leaves as it
   * is, is not written. Answers what there was.
   * @throws inbox/unavailable, and what `next` throws
   */
  async change(
    plugin: PluginKey,
    name: string,
    next: (now: readonly SealedRecord[]) => readonly SealedRecord[],
  ): Promise<readonly SealedRecord[]> {
    const { shared } = this.parts;
    const address = `${plugin}/${name}`;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const current = shared.get(this.kind.space, address);
      const before = current === undefined ? [] : (readRecords(current.value) ?? []);
      const after = next(before);
      if (after === before || (current === undefined && after.length === 0)) return before;
      const text = after.length === 0 ? undefined : JSON.stringify(after);
      if (await shared.put(this.kind.space, address, text, current?.revision ?? 0)) return before;
    }
    throw new HostError('inbox/unavailable', []);
  }

  #take(address: string, value: SharedValue | undefined): void {
    const slash = address.indexOf('/');
    const plugin = parsePluginKey(address.slice(0, slash));
    if (plugin === undefined) return;
    const name = address.slice(slash + 1);
    const names: ByName = this.#plugins.get(plugin) ?? new Map();
    const opened = value === undefined ? [] : this.#open(plugin, name, value.value);
    if (opened.length === 0) names.delete(name);
    else names.set(name, opened);
    if (names.size === 0) this.#plugins.delete(plugin);
    else this.#plugins.set(plugin, names);
    this.changed(plugin);
  }

  #open(plugin: PluginKey, name: string, text: string): OpenedRecord[] {
    const { noun, remedy } = this.kind;
    const where = { plugin, [noun]: name };
    const records = readRecords(text);
    if (records === undefined) this.parts.logger.error(`a stored ${noun} cannot be read; ${remedy}`, where);
    return (records ?? []).flatMap(({ id, sealed, createdAt, notAfter, from }) => {
      try {
        const value = this.parts.sealer.open(sealed, this.#contextOf(plugin, name, id));
        return [{ live: new LiveValue(id, value), createdAt, notAfter, from }];
      } catch (error) {
        const reason = toError(error).message;
        this.parts.logger.error(`a stored ${noun} cannot be opened and counts as none; ${remedy}`, {
          ...{ ...where, id, reason },
        });
        return [];
      }
    });
  }

  #contextOf(plugin: PluginKey, name: string, id: string): string {
    return `${this.kind.noun} ${plugin} ${name} ${id}`;
  }
}

/** Whether a record counts at `now` (epoch ms). */
export function isLive({ notAfter }: Pick<SealedRecord, 'notAfter'>, now: number): boolean {
  return notAfter === undefined || now <= notAfter;
}

/** Undefined for what this release did not write. */
function readRecords(text: string): readonly SealedRecord[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every(isRecord) ? list : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(given: unknown): given is SealedRecord {
  if (typeof given !== 'object' || given === null) return false;
  const { id, sealed, createdAt, notAfter } = given as Partial<Record<string, unknown>>;
  const isTime = typeof createdAt === 'number' && (notAfter === undefined || typeof notAfter === 'number');
  return typeof id === 'string' && typeof sealed === 'string' && isTime;
}
