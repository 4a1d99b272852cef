import { createHash, hash } from 'node:crypto';
import { mediaTypeAmong, URL_ENCODED } from '../core/body-values';
import type { SignatureRow, SignedPart } from '../core/signature-row';
import type { RefusalReason, SignedRequest } from '../core/signed-request';
import { placeReader, type Reading } from './reading';

/** Stands for the secret itself, where it is hashed along. */
export const KEY = Symbol('the secret');
/** Text is latin1: what of a header or target came as bytes goes to the hash as those bytes. */
export type Chunk = Buffer | string | typeof KEY;

/** What is signed, piece after piece and never glued together as text; a reason where a piece is missing. */
export type MessageReader = (reading: Reading) => readonly Chunk[] | RefusalReason;

type PartReader = (reading: Reading) => Chunk | { readonly missing: RefusalReason };

/** Up to here one copy costs less than the calls it saves; larger bodies are not copied. */
const MOST_COPIED_BYTES = 16_384;
/** The only characters HubSpot wants decoded. */
const HUBSPOT_DECODED = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

export function messageReader(row: SignatureRow): MessageReader {
  const readers = row.signed.map((part, index) => partReader(part, row.signed[index + 1], row));
  return (reading) => {
    const chunks: Chunk[] = [];
    for (const read of readers) {
      const chunk = read(reading);
      if (typeof chunk === 'object' && 'missing' in chunk) return chunk.missing;
      chunks.push(chunk);
    }
    return joined(chunks);
  };
}

/** Bytes next to bytes, in one piece. */
function joined(chunks: readonly Chunk[]): readonly Chunk[] {
  if (chunks.length === 1 || chunks.includes(KEY)) return chunks;
  let size = 0;
  for (const chunk of chunks) size += (chunk as Buffer | string).length;
  return size > MOST_COPIED_BYTES ? chunks : [messageBytes(chunks)];
}

/** Whether the signature of this request covers its whole body. */
export function bodySigned(row: SignatureRow, request: SignedRequest): boolean {
  if (row.bodyUnsigned === true) return false;
  if (row.signed.includes('body') || row.signed.includes('bodySha256Hex')) return true;
  return row.signed.includes('payload') && payloadOf(request) === undefined;
}

/** A digest of what is signed, the secret left out: the same for every signature over the same request. */
export function messageDigest(chunks: readonly Chunk[]): string {
  const [only] = chunks;
  if (chunks.length === 1 && Buffer.isBuffer(only)) return hash('sha256', only, 'hex');
  const digest = createHash('sha256');
  for (const chunk of chunks) if (chunk !== KEY) digest.update(bytesOf(chunk));
  return digest.digest('hex');
}

/** The whole message as bytes, for signatures that cannot be fed piece by piece. */
export function messageBytes(chunks: readonly Chunk[]): Buffer {
  const [only] = chunks;
  if (chunks.length === 1 && Buffer.isBuffer(only)) return only;
  return Buffer.concat(chunks.filter((chunk) => chunk !== KEY).map(bytesOf));
}

const bytesOf = (chunk: Buffer | string) =>
  typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk;

function partReader(part: SignedPart, next: SignedPart | undefined, row: SignatureRow): PartReader {
  if (typeof part === 'object') return 'literal' in part ? literal(part.literal) : value(part, next);
  const body = ({ request }: Reading) => (row.over === 'decoded' ? request.decoded() : request.wire);
  switch (part) {
    case 'body':
      return body;
    case 'bodySha256Hex':
      return (reading) => hash('sha256', body(reading), 'hex');
    case 'payload':
      return (reading) => payloadOf(reading.request) ?? body(reading);
    case 'timestamp':
      return ({ timestamp }) => timestamp ?? { missing: 'missing_timestamp' };
    case 'method':
      return ({ request }) => request.method;
    case 'target':
      return ({ request }) => request.rawTarget;
    case 'url':
      return ({ request }) => {
        const url = request.publicUrl();
        if (url === undefined) return { missing: 'no_public_url' };
        return row.url === 'registered+hubspot-decode' ? hubspotDecoded(url) : url;
      };
    case 'key':
      return () => KEY;
  }
}

function literal(text: string): PartReader {
  const bytes = Buffer.from(text);
  return () => bytes;
}

function value(
  part: Exclude<SignedPart, string | { literal: string }>,
  next: SignedPart | undefined,
): PartReader {
  const read = placeReader(part);
  const isBytes = 'header' in part || 'pair' in part;
  // A value that held the separator after it could be cut in another place and mean something else.
  const separator = typeof next === 'object' && 'literal' in next ? next.literal : undefined;
  return (reading) => {
    const [text] = read(reading);
    if (text === undefined) return { missing: 'malformed_signature' };
    if (separator !== undefined && text.includes(separator)) return { missing: 'malformed_signature' };
    return isBytes ? text : Buffer.from(text);
  };
}

/** The JSON inside a form or query; undefined where it is the body itself. */
function payloadOf(request: SignedRequest): Buffer | undefined {
  const isQuery = request.method === 'GET';
  const fields = isQuery
    ? request.query
    : mediaTypeAmong(request.rawHeaders) === URL_ENCODED
      ? request.form()
      : undefined;
  if (fields === undefined) return undefined;
  const payload = Object.hasOwn(fields, 'payload') ? fields['payload'] : undefined;
  return Buffer.from(typeof payload === 'string' ? payload : '');
}

function hubspotDecoded(url: string): string {
  return url.replace(HUBSPOT_DECODED, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
}
