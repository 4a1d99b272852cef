import type { SignatureForm } from '../core/signature-row';
import type { RefusalReason } from '../core/signed-request';

/** Signatures that share one moment, still encoded. */
export interface SignatureGroup {
  readonly encoded: readonly string[];
  readonly pairs: ReadonlyMap<string, string> | undefined;
}

/** More would only cost hashes: senders list two while a secret is rotated. */
const MOST_CANDIDATES = 8;
const MOST_ITEMS = 32;
const MOST_CHARACTERS = 4_096;

/** What stands in a signature header, group by group; a reason where it cannot be told. Pairs in `single` may come once. */
export function parseSignature(
  text: string,
  form: SignatureForm,
  single: ReadonlySet<string>,
  anyCase: boolean,
): readonly SignatureGroup[] | RefusalReason {
  if (text.length > MOST_CHARACTERS) return 'malformed_signature';
  if (form.parse !== 'pairs') {
    const items = form.parse === 'whole' ? [text] : text.split(form.separator ?? ',');
    if (items.length > MOST_ITEMS) return 'malformed_signature';
    const encoded = items.flatMap((item) => withoutPrefix(item.trim(), form.prefix ?? '', anyCase));
    if (encoded.length === 0) return 'malformed_signature';
    return [{ encoded: encoded.slice(0, MOST_CANDIDATES), pairs: undefined }];
  }
  const parts = form.groups === undefined ? [text] : text.split(form.groups);
  if (parts.length > MOST_CANDIDATES) return 'malformed_signature';
  const groups: SignatureGroup[] = [];
  for (const part of parts) {
    const group = parsePairs(part, form, single);
    if (typeof group === 'string') return group;
    groups.push(group);
  }
  return groups;
}

function parsePairs(
  text: string,
  form: SignatureForm,
  single: ReadonlySet<string>,
): SignatureGroup | RefusalReason {
  const pairs = new Map<string, string>();
  const encoded: string[] = [];
  const items = text.split(form.separator ?? ',');
  if (items.length > MOST_ITEMS) return 'malformed_signature';
  for (const item of items) {
    const at = item.indexOf(form.equals ?? '=');
    if (at < 1) return 'malformed_signature';
    const name = item.slice(0, at).trim();
    const value = item.slice(at + 1).trim();
    if (form.keys?.includes(name) === true) encoded.push(...withoutPrefix(value, form.prefix ?? '', false));
    if (!single.has(name)) continue;
    if (pairs.has(name)) return 'duplicate_header';
    pairs.set(name, value);
  }
  if (encoded.length === 0) return 'malformed_signature';
  return { encoded: encoded.slice(0, MOST_CANDIDATES), pairs };
}

function withoutPrefix(text: string, prefix: string, anyCase: boolean): string[] {
  const start = text.slice(0, prefix.length);
  const isThere = anyCase ? start.toLowerCase() === prefix.toLowerCase() : start === prefix;
  return isThere && text.length > prefix.length ? [text.slice(prefix.length)] : [];
}
