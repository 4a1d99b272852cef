import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { Identity } from '../core/ports/operator-auth';
import type { SharedState, SharedValue } from '../core/ports/shared-state';
import { Secret } from '../core/secret';
import { parseTokenRequest, type TokenRequest } from './tokens-request';

/** A token as operators see it. Times are epoch ms. */
export interface TokenInfo {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly user?: string;
  readonly roles?: readonly string[];
  readonly createdAt: number;
  /** From then on it counts no longer. */
  readonly notAfter?: number;
  /** Within the hour; absent: never. */
  readonly lastUsedAt?: number;
}
export interface CreatedToken {
  readonly token: TokenInfo;
  /** Told this once. */
  readonly value: Secret;
}

/** What operators do with tokens. */
export interface TokensDesk {
  /** By name; those that ended too. */
  list(): Promise<readonly TokenInfo[]>;
  /** One that ended gives its name away. @throws tokens/bad-request, tokens/taken, tokens/too-many */
  create(request: TokenRequest): Promise<CreatedToken>;
  /** It counts no longer, on any host. False when there was none. */
  revoke(name: string): Promise<boolean>;
}

export interface TokensParts {
  /** Opened. */
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** As it is stored: of the token itself only its digest. */
interface TokenRecord extends Omit<TokenInfo, 'name' | 'lastUsedAt'> {
  /** SHA-256, base64url. */
  readonly digest: string;
}
interface Known {
  readonly identity: Identity;
  readonly record: TokenRecord;
  readonly digest: Buffer;
  readonly revision: number;
}

const SPACE = 'tokens';
const USES = 'token-uses';
/** Tells what it is, to people and to whoever searches for leaked secrets. */
const PREFIX = 'gth_';
const TOKEN_BYTES = 32;
/** Each request with one is compared with all. */
const MOST_TOKENS = 256;
/** A use is noted no more often: requests are not to write. */
const NOTED_EVERY_MS = 3_600_000;

/**
 * Tokens of 256 random bits, of which hosts share the digests: a database that leaks gives none away, and because they
 * cannot be guessed a fast digest serves. `shared` has been opened.
 */
export class StoredTokens implements TokensDesk {
  readonly #known = new Map<string, Known>();
  readonly #uses = new Map<string, number>();
  readonly #stopListening: readonly (() => void)[];

  constructor(private readonly parts: TokensParts) {
    const { shared } = parts;
    for (const value of shared.list(USES)) this.#takeUse(value.name, value);
    for (const value of shared.list(SPACE)) this.#take(value.name, value);
    this.#stopListening = [
      shared.onChange(SPACE, (name, value) => this.#take(name, value)),
      shared.onChange(USES, (name, value) => this.#takeUse(name, value)),
    ];
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
  }

  /** Whose token it is; undefined when it is none, or has ended. */
  identify(text: string): Identity | undefined {
    if (!text.startsWith(PREFIX)) return undefined;
    const given = hash('sha256', text, 'buffer');
    const now = this.parts.clock.now();
    let found: Known | undefined;
    // All are compared, whichever it is.
    for (const known of this.#known.values())
      if (timingSafeEqual(known.digest, given) && isLive(known.record, now)) found = known;
    if (found !== undefined) this.#note(found.identity.name, now);
    return found?.identity;
  }

  /** Of a token that counts: whose it is, and its SHA-256. */
  holder(name: string): { readonly identity: Identity; readonly digest: Buffer } | undefined {
    const known = this.#known.get(name);
    return known !== undefined && isLive(known.record, this.parts.clock.now()) ? known : undefined;
  }

  /** Somebody asked by way of it. */
  used(name: string): void {
    this.#note(name, this.parts.clock.now());
  }

  async list(): Promise<readonly TokenInfo[]> {
    return [...this.#known.keys()].sort().map((name) => this.#info(name));
  }

  async create(given: TokenRequest): Promise<CreatedToken> {
    const { name, scopes, user, roles, expiresMs } = parseTokenRequest(given);
    const { shared, clock } = this.parts;
    const now = clock.now();
    const before = this.#known.get(name);
    if (before !== undefined && isLive(before.record, now)) throw new HostError('tokens/taken', [name]);
    if (before === undefined && this.#known.size >= MOST_TOKENS)
      throw new HostError('tokens/too-many', [this.#known.size]);
    const value = PREFIX + randomBytes(TOKEN_BYTES).toString('base64url');
    const record: TokenRecord = {
      digest: hash('sha256', value, 'base64url'),
      scopes,
      ...(user !== undefined && { user }),
      ...(roles !== undefined && { roles }),
      createdAt: now,
      ...(expiresMs !== undefined && { notAfter: now + expiresMs }),
    };
    if (!(await shared.put(SPACE, name, JSON.stringify(record), before?.revision ?? 0)))
      throw new HostError('tokens/taken', [name]);
    return { token: infoOf(name, record, undefined), value: new Secret(value) };
  }

  async revoke(name: string): Promise<boolean> {
    const { shared } = this.parts;
    if (shared.get(SPACE, name) === undefined) return false;
    await shared.put(SPACE, name, undefined);
    if (shared.get(USES, name) !== undefined) await shared.put(USES, name, undefined);
    return true;
  }

  #info(name: string): TokenInfo {
    const { record } = this.#known.get(name) as Known;
    return infoOf(name, record, this.#uses.get(name));
  }

  #note(name: string, now: number): void {
    const last = this.#uses.get(name);
    if (last !== undefined && now - last < NOTED_EVERY_MS) return;
    this.#uses.set(name, now);
    this.parts.shared.put(USES, name, String(now)).catch(() => {
      // It is noted again at the next use.
      if (this.#uses.get(name) === now) this.#uses.delete(name);
    });
  }

  #take(name: string, value: SharedValue | undefined): void {
    const record = value === undefined ? undefined : readRecord(value.value);
    if (value === undefined || record === undefined) {
      this.#known.delete(name);
      if (value !== undefined) this.parts.logger.error('a token cannot be read; revoke it', { token: name });
      return;
    }
    const { scopes, user, roles } = record;
    const identity = {
      name,
      scopes,
      ...(user !== undefined && { user }),
      ...(roles !== undefined && { roles }),
    };
    const digest = Buffer.from(record.digest, 'base64url');
    this.#known.set(name, { identity, record, digest, revision: value.revision });
  }

  #takeUse(name: string, value: SharedValue | undefined): void {
    const at = Number(value?.value);
    if (value === undefined || !Number.isFinite(at)) this.#uses.delete(name);
    else this.#uses.set(name, Math.max(at, this.#uses.get(name) ?? 0));
  }
}

function infoOf(name: string, record: TokenRecord, usedAt: number | undefined): TokenInfo {
  const { digest: _digest, ...rest } = record;
  // What was used before was another one of that name.
  const isUsed = usedAt !== undefined && usedAt >= record.createdAt;
  return { name, ...rest, ...(isUsed && { lastUsedAt: usedAt }) };
}

const isLive = ({ notAfter }: TokenRecord, now: number) => notAfter === undefined || now < notAfter;

/** The length of a digest, so that comparing never throws. */
const DIGEST_BYTES = 32;

function readRecord(text: string): TokenRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<TokenRecord>;
    const isRight =
      Array.isArray(record.scopes) &&
      typeof record.createdAt === 'number' &&
      Buffer.from(String(record.digest), 'base64url').length === DIGEST_BYTES;
    return isRight ? (record as TokenRecord) : undefined;
  } catch {
    return undefined;
  }
}
