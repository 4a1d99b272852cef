import { modesOf, type AccessMode, type EndpointAccess } from './access';
import { CREDENTIAL_MEMBERS, isCredentialHeader } from './credentials';
import type { SignatureForm, SignatureRow } from './signature-row';

/** Where in a request credentials stand, by names that tell what they hold and by those of accesses of its own. */
export interface CredentialPlaces {
  /** Whether headers of that name hold one; its case does not matter. */
  isHeader(name: string): boolean;
  /** Further query parameters, in lower case, for `maskTarget`. */
  readonly parameters: ReadonlySet<string>;
}

type Place = SignatureForm['from'];

/** The headers and query parameters that hold a credential itself, as these accesses say; signatures are none. */
export function credentialPlaces(...accesses: readonly EndpointAccess[]): CredentialPlaces {
  const places = accesses.flatMap(modesOf).flatMap(placesIn);
  const headers = lower(places.flatMap((place) => ('header' in place ? [place.header] : [])));
  const starts = places.flatMap((place) =>
    'headerPattern' in place ? [place.headerPattern.slice(0, -1).toLowerCase()] : [],
  );
  const isOwn = (name: string) => headers.has(name) || starts.some((start) => name.startsWith(start));
  const hasOwn = headers.size + starts.length > 0;
  return {
    isHeader: (name) => isCredentialHeader(name) || (hasOwn && isOwn(name.toLowerCase())),
    parameters: lower(places.flatMap((place) => ('query' in place ? [place.query] : []))),
  };
}

/** What members of a JSON body and fields of a form are called that hold a credential itself, of known senders and of these. */
export function credentialMembers(...accesses: readonly EndpointAccess[]): ReadonlySet<string> {
  const places = accesses.flatMap(modesOf).flatMap(placesIn);
  return new Set([...CREDENTIAL_MEMBERS, ...places.flatMap(membersOf)]);
}

/** Of a path as `value[*].clientState`, what the value itself is called. */
function membersOf(place: Place): readonly string[] {
  if ('form' in place) return [place.form];
  if (!('json' in place)) return [];
  const name = place.json.replaceAll('[*]', '').split('.').at(-1);
  return name === undefined || name === '' ? [] : [name];
}

/** Indexes of the values, among names and values in turn, that are credentials. */
export function credentialValues(headers: readonly string[], places: CredentialPlaces): number[] {
  const found: number[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2)
    if (places.isHeader(headers[index] ?? '')) found.push(index + 1);
  return found;
}

function placesIn(mode: AccessMode): readonly Place[] {
  if (typeof mode === 'string') return [];
  if ('token' in mode) return [mode.token];
  // A known sender's tokens go by names that tell what they hold.
  return 'signature' in mode && typeof mode.signature !== 'string' ? tokensIn(mode.signature) : [];
}

function tokensIn({ kind, signature, weaker }: SignatureRow): readonly Place[] {
  const own = kind === 'token' ? [signature.from, ...(signature.alternatives ?? [])] : [];
  return weaker === undefined ? own : [...own, ...tokensIn(weaker)];
}

const lower = (names: readonly string[]) => new Set(names.map((name) => name.toLowerCase()));
