import { splitUnquoted, unquoted } from './quoted-text';

/** What a client prefers of how long it is kept waiting (RFC 7240 §4.1, §4.3). */
export interface Preferences {
  readonly respondAsync: boolean;
  /** Undefined when it names no bearable time. */
  readonly waitMs: number | undefined;
}

const NONE: Preferences = { respondAsync: false, waitMs: undefined };
const LONGEST_WAIT_S = 86_400;

/** Reads `Prefer`; of a preference given twice the first counts (RFC 7240 §2), what is not known is ignored. */
export function preferencesOf(prefer: string | undefined): Preferences {
  if (prefer === undefined) return NONE;
  let respondAsync = false;
  let waitMs: number | undefined;
  for (const item of splitUnquoted(prefer, ',')) {
    const [preference = ''] = splitUnquoted(item, ';');
    const equals = preference.indexOf('=');
    const name = (equals === -1 ? preference : preference.slice(0, equals)).trim().toLowerCase();
    if (name === 'respond-async') respondAsync = true;
    if (name === 'wait' && equals !== -1) waitMs ??= secondsIn(preference.slice(equals + 1));
  }
  return { respondAsync, waitMs };
}

function secondsIn(text: string): number | undefined {
  const trimmed = text.trim();
  const bare = unquoted(trimmed) ?? trimmed;
  if (!/^\d{1,9}$/.test(bare)) return undefined;
  return Math.min(Number(bare), LONGEST_WAIT_S) * 1_000;
}
