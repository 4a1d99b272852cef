import { modesOf, type AccessMode, type EndpointAccess } from './access';
import type { ValuePlace } from './signature-row';

/** Where an endpoint's own access looks for a credential: names that tell nobody else what they hold. */
export interface CredentialPlaces {
  /** In lower case. */
  readonly headers: ReadonlySet<string>;
  /** Query parameters, in lower case. */
  readonly parameters: ReadonlySet<string>;
}

/** The headers and query parameters that hold a credential itself, as an access says; signatures are none. */
export function credentialPlaces(access: EndpointAccess): CredentialPlaces {
  const places = modesOf(access).flatMap(placesIn);
  const named = (kind: 'header' | 'query') =>
    new Set(
      places.flatMap((place) => (kind in place ? [(place as Record<string, string>)[kind] ?? ''] : [])),
    );
  return { headers: lower(named('header')), parameters: lower(named('query')) };
}

function placesIn(mode: AccessMode): readonly ValuePlace[] {
  if (typeof mode === 'string') return [];
  if ('token' in mode) return [mode.token];
  if (!('signature' in mode) || typeof mode.signature === 'string') return [];
  const { kind, signature } = mode.signature;
  if (kind !== 'token') return [];
  return [...('headerPattern' in signature.from ? [] : [signature.from]), ...(signature.alternatives ?? [])];
}

const lower = (names: Iterable<string>) => new Set([...names].map((name) => name.toLowerCase()));
