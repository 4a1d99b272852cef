import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../core/clock';
import { CSRF_HEADER, type ConsoleSessions } from '../core/ports/console-sessions';
import { OPERATOR, type Identity } from '../core/ports/operator-auth';
import type { SharedState } from '../core/ports/shared-state';
import { OPERATOR_SCOPES } from '../core/scopes';
import { Secret } from '../core/secret';
import { sessionValues } from './session-cookie';

/** Somebody who is signed in at the console. Times are epoch ms. */
export interface SessionInfo {
  /** Tells it from others, and opens nothing. */
  readonly id: string;
  /** Of the token it was opened with; `operator` for the operator's. */
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Where it was opened from. */
  readonly ip: string;
}

/** What operators do with sessions of the console. */
export interface SessionsDesk {
  /** The latest first. */
  list(): Promise<readonly SessionInfo[]>;
  /** It counts no longer, on any host. False when there was none. */
  end(id: string): Promise<boolean>;
}

export interface OpenedSession {
  /** For the cookie; told this once. */
  readonly value: Secret;
  readonly identity: Identity;
  readonly expiresAt: number;
}
export interface CurrentSession {
  readonly identity: Identity;
  readonly expiresAt: number;
}

export interface SessionsParts {
  /** Opened. */
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly operatorToken: Secret;
  /** Whose tokens are, by their text, and while they count by their name with their SHA-256. */
  readonly tokens: {
    identify(text: string): Identity | undefined;
    holder(name: string): { readonly identity: Identity; readonly digest: Buffer } | undefined;
    used(name: string): void;
  };
}

/** As it is stored, under the digest of the cookie's value. */
interface SessionRecord {
  readonly of: 'operator' | 'token';
  readonly name: string;
  /** Of the token, keyed by the cookie's value: who reads the store can neither use it nor try tokens against it. */
  readonly mark: string;
  readonly createdAt: number;
  readonly notAfter: number;
  readonly ip: string;
}

/** How long one is signed in, however busy. */
export const SESSION_MS = 12 * 3_600_000;
const SPACE = 'sessions';
const VALUE_BYTES = 32;
const MOST_SESSIONS = 100;
/** Of one token: nobody can put everybody else out by signing in again and again. */
const MOST_OF_ONE = 20;
const ID_LENGTH = 16;
const OPERATING: ReadonlySet<string> = new Set(OPERATOR_SCOPES);

/**
 * Sessions of the console, the same on all hosts of one database. A session says nothing of what its holder may: that is asked
 * of the token it was opened with at each request, so it ends with the token.
 */
export class Sessions implements ConsoleSessions, SessionsDesk {
  readonly #parts: SessionsParts;
  readonly #operatorDigest: Buffer;

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#operatorDigest = digestOf(parts.operatorToken.reveal());
  }

  /** Undefined for whatever is no token that may operate. @throws inbox/unavailable */
  async open(token: string, ip: string): Promise<OpenedSession | undefined> {
    const { operatorToken, tokens, clock, shared } = this.#parts;
    // Both are asked, whichever it is.
    const isOperator = operatorToken.equals(token);
    const holder = tokens.identify(token);
    const identity = isOperator ? OPERATOR : holder;
    if (identity === undefined || !identity.scopes.some((scope) => OPERATING.has(scope))) return undefined;
    const value = randomBytes(VALUE_BYTES).toString('base64url');
    const createdAt = clock.now();
    const record: SessionRecord = {
      of: isOperator ? 'operator' : 'token',
      name: identity.name,
      mark: markOf(value, isOperator ? this.#operatorDigest : digestOf(token)),
      createdAt,
      notAfter: createdAt + SESSION_MS,
      ip,
    };
    await this.#makeRoom(record);
    await shared.put(SPACE, nameOf(value), JSON.stringify(record), 0);
    return { value: new Secret(value), identity: asSession(identity), expiresAt: record.notAfter };
  }

  identify(request: IncomingMessage): Identity | undefined {
    return this.current(request)?.identity;
  }

  /** The session of a request, by cookie and header both. */
  current(request: IncomingMessage): CurrentSession | undefined {
    const value = provenValue(request);
    return value === undefined ? undefined : this.#find(value);
  }

  csrfTokenOf(request: IncomingMessage): string | undefined {
    const value = sessionValues(request).find((one) => this.#find(one) !== undefined);
    return value === undefined ? undefined : csrfOf(value);
  }

  /** Ends the session of a request, where it has one. @throws inbox/unavailable */
  async close(request: IncomingMessage): Promise<void> {
    const value = provenValue(request);
    if (value !== undefined) await this.#parts.shared.put(SPACE, nameOf(value), undefined);
  }

  async list(): Promise<readonly SessionInfo[]> {
    return this.#records()
      .filter(({ record }) => this.#isLive(record))
      .map(({ name, record }) => infoOf(name, record))
      .reverse();
  }

  async end(id: string): Promise<boolean> {
    const { shared } = this.#parts;
    const found = shared.list(SPACE).filter(({ name }) => id.length === ID_LENGTH && name.startsWith(id));
    for (const { name } of found) await shared.put(SPACE, name, undefined);
    return found.length > 0;
  }

  #find(value: string): CurrentSession | undefined {
    const stored = this.#parts.shared.get(SPACE, nameOf(value));
    const record = stored && readRecord(stored.value);
    if (record === undefined || !this.#isLive(record)) return undefined;
    const holder = this.#holderOf(record);
    if (holder === undefined || !isSame(record.mark, markOf(value, holder.digest))) return undefined;
    if (record.of === 'token') this.#parts.tokens.used(record.name);
    return { identity: asSession(holder.identity), expiresAt: record.notAfter };
  }

  #holderOf({ of, name }: SessionRecord) {
    if (of === 'operator') return { identity: OPERATOR, digest: this.#operatorDigest };
    return this.#parts.tokens.holder(name);
  }

  #isLive(record: SessionRecord): boolean {
    return this.#parts.clock.now() < record.notAfter && this.#holderOf(record) !== undefined;
  }

  /** Those that ended go first, then the oldest: of the one who comes where that one has many, else of all. */
  async #makeRoom({ of, name }: SessionRecord): Promise<void> {
    const { shared } = this.#parts;
    const all = this.#records();
    const live = all.filter(({ record }) => this.#isLive(record));
    const own = live.filter(({ record }) => record.of === of && record.name === name);
    const surplus = own.slice(0, Math.max(0, own.length + 1 - MOST_OF_ONE));
    const rest = live.filter((one) => !surplus.includes(one));
    const oldest = rest.slice(0, Math.max(0, rest.length + 1 - MOST_SESSIONS));
    const gone = [...all.filter((one) => !live.includes(one)), ...surplus, ...oldest];
    for (const one of gone) await shared.put(SPACE, one.name, undefined);
  }

  /** The oldest first; what cannot be read counts as one that ended. */
  #records(): { readonly name: string; readonly record: SessionRecord }[] {
    return this.#parts.shared
      .list(SPACE)
      .map(({ name, value }) => ({ name, record: readRecord(value) ?? ENDED }))
      .sort((one, other) => one.record.createdAt - other.record.createdAt);
  }
}

const ENDED: SessionRecord = { of: 'token', name: '', mark: '', createdAt: 0, notAfter: 0, ip: '' };

/** Of the cookies of a request the one that its header belongs to: a page of this origin can add others. */
function provenValue(request: IncomingMessage): string | undefined {
  const given = request.headers[CSRF_HEADER];
  if (typeof given !== 'string' || given === '') return undefined;
  return sessionValues(request).find((value) => isSame(given, csrfOf(value)));
}

const asSession = (identity: Identity): Identity => ({ ...identity, via: 'console' });

const digestOf = (text: string) => hash('sha256', text, 'buffer');
const nameOf = (value: string) => hash('sha256', value, 'base64url');
const keyed = (value: string) => createHmac('sha256', value);
const markOf = (value: string, digest: Buffer) =>
  keyed(value).update('gatehouse session mark\0').update(digest).digest('base64url');
/** Only who knows the cookie can tell it: the host needs to store nothing. */
const csrfOf = (value: string) => keyed(value).update('gatehouse session csrf\0').digest('base64url');

const isSame = (one: string, other: string) => timingSafeEqual(digestOf(one), digestOf(other));

function infoOf(name: string, { createdAt, notAfter, ip, ...record }: SessionRecord): SessionInfo {
  return { id: name.slice(0, ID_LENGTH), name: record.name, createdAt, expiresAt: notAfter, ip };
}

function readRecord(text: string): SessionRecord | undefined {
  try {
    const record = JSON.parse(text) as Partial<SessionRecord>;
    const isRight =
      (record.of === 'operator' || record.of === 'token') &&
      typeof record.name === 'string' &&
      typeof record.mark === 'string' &&
      typeof record.createdAt === 'number' &&
      typeof record.notAfter === 'number';
    return isRight ? (record as SessionRecord) : undefined;
  } catch {
    return undefined;
  }
}
