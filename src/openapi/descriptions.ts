import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { callFor } from '../core/actor';
import { HostError, toError } from '../core/errors';
import type { LiveMount } from '../core/live-mount';
import type { Mount } from '../core/mount';
import type { MountTable } from '../core/mount-table';
import type { PluginKey } from '../core/plugin-key';
import type { DescribedOperation } from '../core/ports/operator-description';
import type { ApiDescriptions, ApiDocument } from '../core/ports/api-description';
import { writeAliases } from './endpoint-description';
import { hostTags, writeHostOperations } from './host-operations';
import type { OpenApi } from './open-api';
import {
  createBooks,
  describePlugin,
  finishDocument,
  writeMount,
  type DescriptionParts,
} from './plugin-description';
import { writeTypes } from './type-writer';

export interface DescriptionsParts extends DescriptionParts {
  readonly table: MountTable;
  /** Of the operator API, asked when the host is described; none without it. */
  readonly operations?: (() => readonly DescribedOperation[]) | undefined;
}

/** Describes what the table holds. A plugin's document lasts as long as its mount, the host's until the next change. */
export function createDescriptions(parts: DescriptionsParts): ApiDescriptions {
  return new Descriptions(parts);
}

class Descriptions implements ApiDescriptions {
  readonly #parts: DescriptionsParts;
  readonly #ofMounts = new WeakMap<Mount, ApiDocument>();
  #ofHost: Promise<ApiDocument> | undefined;

  constructor(parts: DescriptionsParts) {
    this.#parts = parts;
    parts.table.onChange(() => (this.#ofHost = undefined));
  }

  mustServe(key: string): void {
    this.#liveOf(key);
  }

  ofPlugin(key: string): ApiDocument {
    const live = this.#liveOf(key);
    const known = this.#ofMounts.get(live.mount);
    if (known !== undefined) return known;
    const made = toDocument(sayable(live, () => describePlugin(live.mount, this.#parts)));
    this.#ofMounts.set(live.mount, made);
    return made;
  }

  ofHost(): Promise<ApiDocument> {
    if (this.#ofHost !== undefined) return this.#ofHost;
    const made = this.#describeHost();
    this.#ofHost = made;
    made.catch(() => {
      if (this.#ofHost === made) this.#ofHost = undefined;
    });
    return made;
  }

  typesOf(key: string): string {
    return writeTypes(JSON.parse(this.ofPlugin(key).bytes.toString()) as OpenApi);
  }

  #liveOf(key: string): LiveMount {
    const seat = this.#parts.table.get(key);
    if (seat === undefined) throw new HostError('request/not-found', [`/api/plugin/${key}`]);
    if (seat.live !== undefined) return seat.live;
    throw new HostError('plugin/not-ready', [key], { headers: { 'retry-after': '5' } });
  }

  /** One plugin a turn: a host may have thousands, and requests do not wait for them. */
  async #describeHost(): Promise<ApiDocument> {
    const { table } = this.#parts;
    const books = createBooks(this.#parts);
    const tags: { name: string; description: string }[] = [...hostTags];
    writeHostOperations(books, this.#parts.operations?.() ?? []);
    for (const key of table.keys().sort()) {
      await nextTurn();
      const live = table.get(key)?.live;
      if (live === undefined) continue;
      tags.push({ name: key, description: this.#write(books, live) });
    }
    return toDocument(finishDocument(books, this.#parts, { info: INFO, tags }));
  }

  /** What to say of the plugin: one that cannot be described does not keep the others from being. */
  #write(books: ReturnType<typeof createBooks>, live: LiveMount): string {
    const { mount } = live;
    const { key, info } = mount;
    const owner = { tags: [key], idPrefix: `${key.replace('.', '_')}_` };
    try {
      sayable(live, () => {
        writeMount(books, mount, owner);
        for (const endpoint of mount.endpoints)
          writeAliases(books, { ...owner, key }, endpoint, (alias) => this.#isReached(key, alias));
      });
      return [info.name, info.version, info.description].filter((text) => text !== '').join(' · ');
    } catch {
      return 'Its endpoints cannot all be described.';
    }
  }

  /** A short address that several plugins claim reaches none of them. */
  #isReached(key: PluginKey, { base, share }: { readonly base: string; readonly share: string }): boolean {
    if (share === 'all') return true;
    const claimants = this.#parts.table.claimants(base);
    return share === 'unique' && claimants.length === 1 && claimants[0]?.key === key;
  }
}

const INFO = { title: 'Gatehouse', version: '1', description: 'Everything this host answers.' };

/** @throws api/cannot-describe */
function sayable<T>({ actor, mount }: LiveMount, describe: () => T): T {
  try {
    return callFor(actor, describe);
  } catch (cause) {
    throw new HostError('api/cannot-describe', [mount.key, toError(cause).message], { cause });
  }
}

function toDocument(document: OpenApi): ApiDocument {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` };
}
