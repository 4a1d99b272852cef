import { createHash } from 'node:crypto';
import { HostError } from './errors';

/** UTF-16 code units, so that plugin, collection and id fit into an index row. */
const NAME_CHARACTERS = 256;
/** Of a user's id or a chat key as written into a collection; a longer one is represented by its digest. */
const SCOPE_CHARACTERS = 100;
/** Of all scopes of one collection, as written. */
const SCOPES_CHARACTERS = 450;
/** No NUL, which PostgreSQL's text does not know, and no half of a surrogate pair, which is no text at all. */
const UNWRITABLE = /[\0\p{Surrogate}]/u;

/** Where a document is. */
export interface DocumentPlace {
  /** As it is stored: the author's name behind the scopes it was reached through. */
  readonly collection: string;
  readonly id: string;
  /** The collection as the author names it. */
  readonly name: string;
}

/** The stored name of an author's collection within scopes; no author can write the `@` of a scope. @throws store/bad-name */
export function scopedCollection(scopes: string, name: string): string {
  checkName('collection', name);
  if (name.startsWith('@')) throw new HostError('store/bad-name', ['collection', NAME_CHARACTERS]);
  return `${scopes}${name}`;
}

/** @throws store/bad-name */
export function checkDocumentId(id: unknown): asserts id is string {
  checkName('id', id);
}

/** Whether a document can have this id at all. */
export function isDocumentId(id: unknown): id is string {
  return isName(id);
}

/** `scopes` and one more within: `@user/<id>/` or `@channel/<chat key>/`. @throws store/bad-name */
export function withScope(scopes: string, kind: 'user' | 'channel', id: string): string {
  checkName(kind, id, Infinity);
  const encoded = encodeURIComponent(id);
  // No encoded text has a "#": a digest is never another's name.
  const written =
    encoded.length <= SCOPE_CHARACTERS ? encoded : `#${createHash('sha256').update(id).digest('base64url')}`;
  const all = `${scopes}@${kind}/${written}/`;
  if (all.length > SCOPES_CHARACTERS) throw new HostError('store/bad-name', [kind, NAME_CHARACTERS]);
  return all;
}

function checkName(what: string, name: unknown, most = NAME_CHARACTERS): asserts name is string {
  if (!isName(name, most)) throw new HostError('store/bad-name', [what, NAME_CHARACTERS]);
}

function isName(name: unknown, most = NAME_CHARACTERS): name is string {
  return typeof name === 'string' && name !== '' && name.length <= most && !UNWRITABLE.test(name);
}
