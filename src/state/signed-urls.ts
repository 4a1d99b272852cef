import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { SignedUrlInfo, SignedUrls } from '../core/ports/signed-urls';
import { isLive, SealedRecords, type RecordParts, type SealedRecord } from './sealed-records';

export interface SignedUrlsParts extends RecordParts {
  readonly clock: Clock;
}

export const URLS = { space: 'signed-urls', noun: 'url-token', remedy: 'issue another one' };
const TOKEN_BYTES = 32;
/** Of one endpoint: each request is tried with all of them. */
const MOST_LIVE = 8;

/** One token that is asked for: its digest, so that comparing takes no longer for one than for another. */
interface Known {
  readonly id: string;
  readonly digest: Buffer;
  readonly value: string;
  readonly notAfter: number | undefined;
}
const NONE: readonly Known[] = [];

/** The `?token=` of this host's endpoints; `shared` has been opened. */
export function createSignedUrls(parts: SignedUrlsParts): StoredSignedUrls {
  return new StoredSignedUrls(parts);
}

/** Tokens over what hosts share: 256 random bits each, as base64url. */
export class StoredSignedUrls implements SignedUrls {
  readonly #records: SealedRecords;
  readonly #known = new Map<PluginKey, Map<string, readonly Known[]>>();

  constructor(private readonly parts: SignedUrlsParts) {
    this.#records = new SealedRecords(parts, URLS, (plugin) => this.#known.delete(plugin));
  }

  close(): void {
    this.#records.close();
  }

  check(plugin: PluginKey, path: string, token: string, now: number): string | undefined {
    const given = hash('sha256', token, 'buffer');
    let found: string | undefined;
    // All are compared, whichever it is.
    for (const known of this.#of(plugin, path))
      if (timingSafeEqual(known.digest, given) && isLive(known, now)) found = known.id;
    return found;
  }

  current(plugin: PluginKey, path: string, now: number): string | undefined {
    return this.#of(plugin, path).find((known) => isLive(known, now))?.value;
  }

  async provide(plugin: PluginKey, path: string): Promise<void> {
    const { record } = this.#make(plugin, path);
    let isNew = false;
    await this.#records.change(plugin, path, (before) => {
      isNew = !before.some((old) => isLive(old, record.createdAt));
      return isNew ? [record] : before;
    });
    if (isNew) this.#tell('a signed address was issued', plugin, path, record.id);
  }

  list(plugin?: PluginKey): readonly SignedUrlInfo[] {
    const now = this.parts.clock.now();
    return [...this.#records.addresses(plugin)].flatMap(([key, path]) =>
      this.#records
        .of(key, path)
        .filter((record) => isLive(record, now))
        .map(({ live: { id }, createdAt, notAfter }) => ({ plugin: key, path, id, createdAt, notAfter })),
    );
  }

  async issue(plugin: PluginKey, path: string, overlapMs?: number): Promise<{ id: string; token: string }> {
    const { record, token } = this.#make(plugin, path);
    const now = record.createdAt;
    const end = overlapMs === undefined ? undefined : now + overlapMs;
    await this.#records.change(plugin, path, (before) => {
      const kept = before
        .filter((old) => isLive(old, now))
        .map((old) => (end === undefined ? old : { ...old, notAfter: Math.min(old.notAfter ?? end, end) }))
        // Without an overlap the others end now, not a millisecond later.
        .filter(({ notAfter }) => notAfter === undefined || notAfter > now);
      if (kept.length >= MOST_LIVE) throw new HostError('secrets/too-many-urls', [path, kept.length]);
      return [record, ...kept];
    });
    this.#tell('a signed address was issued', plugin, path, record.id);
    return { id: record.id, token };
  }

  async revoke(plugin: PluginKey, path: string, id: string): Promise<boolean> {
    const before = await this.#records.change(plugin, path, (now) =>
      now.some((record) => record.id === id) ? now.filter((record) => record.id !== id) : now,
    );
    const isRevoked = before.some((record) => record.id === id);
    if (isRevoked) this.#tell('a signed address was revoked', plugin, path, id);
    return isRevoked;
  }

  /** What nobody has is not remembered: which paths are asked for is not up to this host alone. */
  #of(plugin: PluginKey, path: string): readonly Known[] {
    const known = this.#known.get(plugin)?.get(path);
    if (known !== undefined) return known;
    const records = this.#records.of(plugin, path);
    if (records.length === 0) return NONE;
    const made = records.map(({ live: { id, value }, notAfter }) => ({
      ...{ id, value, notAfter, digest: hash('sha256', value, 'buffer') },
    }));
    const paths = this.#known.get(plugin) ?? new Map<string, readonly Known[]>();
    this.#known.set(plugin, paths.set(path, made));
    return made;
  }

  #make(plugin: PluginKey, path: string): { readonly record: SealedRecord; readonly token: string } {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const id = `u-${randomBytes(6).toString('hex')}`;
    const sealed = this.#records.seal(plugin, path, id, token);
    return { record: { id, sealed, createdAt: this.parts.clock.now() }, token };
  }

  #tell(what: string, plugin: PluginKey, path: string, id: string): void {
    this.parts.logger.info(what, { plugin, endpoint: path, id });
  }
}
