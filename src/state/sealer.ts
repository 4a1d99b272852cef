import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { HostError } from '../core/errors';
import type { Sealer } from '../core/ports/sealer';
import type { MasterKey } from './master-key';

const VERSION = 's1';
const CIPHER = 'aes-256-gcm';
const SALT_BYTES = 16;
const COUNTER_BYTES = 6;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** NIST SP 800-38D §8.3 wants fewer than 2^32 texts under one key. */
const TEXTS_PER_KEY = 2 ** 31;
const DERIVED_KEYS_KEPT = 64;

/** A sealer whose key can change while it is in use. */
export interface MasterSealer extends Sealer {
  /** Of the key that seals. */
  readonly keyId: string;
  /** Seals with another key from now on; what the keys until now sealed still opens. */
  adopt(next: MasterKey): void;
}

/** The id of the key that sealed a text; undefined for what is no sealed text. */
export function sealingKeyOf(text: string): string | undefined {
  return /^s1\.([0-9a-f]{8})\.[A-Za-z0-9_-]+$/.exec(text)?.[1];
}

/**
 * AES-256-GCM under keys derived from the master key: `s1.<key id>.<base64url of salt, counter, tag, text>`. A key is
 * derived (HKDF-SHA-256) from a random salt once per process and then counts its nonces, so that none repeats however
 * much is sealed. What `previous` keys sealed still opens. @see NIST SP 800-38D §8.2.1, RFC 5869
 */
export function createSealer(first: MasterKey, previous: readonly MasterKey[] = []): MasterSealer {
  let current = first;
  const masters = new Map([...previous, current].map((key) => [key.id, key.bytes]));
  const derived = new Map<string, Buffer>();
  const openingKey = (id: string, salt: Buffer): Buffer | undefined => {
    const name = `${id}.${salt.toString('base64url')}`;
    const master = masters.get(id);
    const key = derived.get(name) ?? (master === undefined ? undefined : derive(master, salt));
    if (key === undefined) return undefined;
    // The latest last: what each process sealed comes in runs.
    derived.delete(name);
    derived.set(name, key);
    if (derived.size > DERIVED_KEYS_KEPT) derived.delete(derived.keys().next().value ?? '');
    return key;
  };
  let sealing: { key: Buffer; salt: Buffer; count: number } | undefined;
  return {
    get keyId() {
      return current.id;
    },
    adopt(next) {
      masters.set(next.id, next.bytes);
      current = next;
      sealing = undefined;
    },
    seal(plain, context) {
      if (sealing === undefined || sealing.count >= TEXTS_PER_KEY) {
        const salt = randomBytes(SALT_BYTES);
        sealing = { key: derive(current.bytes, salt), salt, count: 0 };
      }
      const counter = Buffer.alloc(COUNTER_BYTES);
      counter.writeUIntBE((sealing.count += 1), 0, COUNTER_BYTES);
      const cipher = createCipheriv(CIPHER, sealing.key, nonceOf(counter));
      cipher.setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      const packed = Buffer.concat([sealing.salt, counter, cipher.getAuthTag(), text]);
      return `${VERSION}.${current.id}.${packed.toString('base64url')}`;
    },
    open(sealed, context) {
      try {
        const [version, id = '', packed = ''] = sealed.split('.');
        const bytes = Buffer.from(packed, 'base64url');
        const take = takeFrom(bytes);
        const [salt, counter, tag] = [take(SALT_BYTES), take(COUNTER_BYTES), take(TAG_BYTES)];
        const key = version === VERSION ? openingKey(id, salt) : undefined;
        if (key === undefined) throw new Error(`key ${id} is not there`);
        const decipher = createDecipheriv(CIPHER, key, nonceOf(counter), { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(context)).setAuthTag(tag);
        return Buffer.concat([decipher.update(take(bytes.length)), decipher.final()]).toString('utf8');
      } catch (error) {
        throw new HostError('host/cannot-unseal', [context], { cause: error });
      }
    },
  };
}

function derive(master: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', master, salt, 'gatehouse seal', 32));
}

function nonceOf(counter: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(NONCE_BYTES - COUNTER_BYTES), counter]);
}

function takeFrom(bytes: Buffer): (length: number) => Buffer {
  let at = 0;
  return (length) => bytes.subarray(at, (at += length));
}
