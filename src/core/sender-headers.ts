import { modesOf, type AccessMode, type EndpointAccess } from './access';
import type { SignatureRow } from './signature-row';

/** A known sender's row; undefined where nobody knows it. */
export type RowOf = (id: string) => SignatureRow | undefined;

/** Headers that carry what a sender is let in by, as its set-up page asks for them; none where it is no header or not known. */
export function senderHeaders(access: EndpointAccess, rowOf: RowOf): readonly string[] {
  return [...new Set(modesOf(access).flatMap((mode) => headersOfMode(mode, rowOf)))];
}

/** Where a row's signature stands, if in a header; a pattern as it is. */
export function headerOfRow({ signature }: SignatureRow): string | undefined {
  const places = [signature.from, ...(signature.alternatives ?? [])];
  const [header] = places.flatMap((place) =>
    'header' in place ? [place.header] : 'headerPattern' in place ? [place.headerPattern] : [],
  );
  return header;
}

function headersOfMode(mode: AccessMode, rowOf: RowOf): readonly string[] {
  if (mode === 'public') return [];
  if (mode === 'operator' || 'scope' in mode || 'basic' in mode) return ['Authorization'];
  if ('messageSignature' in mode) return ['Signature', 'Signature-Input'];
  if ('token' in mode) return 'header' in mode.token ? [mode.token.header] : [];
  if (!('signature' in mode)) return [];
  const row = typeof mode.signature === 'string' ? rowOf(mode.signature) : mode.signature;
  const header = row === undefined ? undefined : headerOfRow(row);
  return header === undefined ? [] : [header];
}
