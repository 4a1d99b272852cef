import { randomFillSync } from 'node:crypto';

const TOKEN_BYTES = 12;
const pool = Buffer.alloc(TOKEN_BYTES * 256);
let used = pool.length;

/** 96 random bits, base64url: what makes an id unguessable. */
export function newToken(): string {
  // Drawn by the pool: one call into the kernel per 256 tokens.
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const token = pool.toString('base64url', used, used + TOKEN_BYTES);
  used += TOKEN_BYTES;
  return token;
}

/** The id shown outside: it finds its row by number, and is believed by its token. */
export function toPublicId(id: number, token: string): string {
  return `${id.toString(36)}-${token}`;
}

/** Undefined for what cannot be one of ours. */
export function parsePublicId(text: string): { readonly id: number; readonly token: string } | undefined {
  const match = /^([0-9a-z]{1,11})-([A-Za-z0-9_-]{16})$/.exec(text);
  const id = Number.parseInt(match?.[1] ?? '', 36);
  return match === null || !Number.isSafeInteger(id) ? undefined : { id, token: match[2] ?? '' };
}
