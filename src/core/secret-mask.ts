import { CREDENTIAL_MEMBERS } from './credentials';
import type { PluginKey } from './plugin-key';
import type { Secrets } from './ports/secrets';

/** Takes secrets out of what is shown to people. */
export interface SecretMask {
  text(text: string): string;
  /** Text or not, in whatever encoding agrees with ASCII. */
  bytes(bytes: Buffer): Buffer;
}

/** What is shown in place of a secret. */
const MASK = '[secret]';
/** Shorter values are not looked for: they stand in any text. A member that holds one is masked all the same. */
const LEAST_LENGTH = 4;
const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;

/**
 * Masks these values wherever they stand, as they are or as JSON and forms write them, and whatever the members of a JSON
 * body and the fields of a form hold that are called so.
 */
export function secretMask(
  values: readonly string[],
  members: Iterable<string> = CREDENTIAL_MEMBERS,
): SecretMask {
  // The longest first: one may hold another.
  const written = [...new Set(values.filter((value) => value.length >= LEAST_LENGTH).flatMap(formsOf))];
  const hidden = written.sort((one, other) => other.length - one.length);
  const asBytes = hidden.map((value) => Buffer.from(value).toString('latin1'));
  const names = [...members].map((name) => name.replace(SPECIAL, '\\$&')).join('|');
  const member = new RegExp(
    `("(?:${names})"\\s*:\\s*)("[^"\\\\]*(?:\\\\[^][^"\\\\]*)*"?|\\[[^\\]]*\\]?|[\\w.+-]+)`,
    'g',
  );
  const field = new RegExp(`((?:^|&)(?:${names})=)[^&\\s]+`, 'g');
  const masked = (text: string, all: readonly string[]) =>
    all.reduce(
      (rest, value) => rest.replaceAll(value, MASK),
      text
        .replace(member, (_all, before: string, value: string) =>
          value.startsWith('[') ? `${before}["${MASK}"]` : `${before}"${MASK}"`,
        )
        .replace(field, (_all, before: string) => before + MASK),
    );
  return {
    text: (text) => masked(text, hidden),
    bytes: (bytes) => {
      const text = bytes.toString('latin1');
      const shown = masked(text, asBytes);
      return shown === text ? bytes : Buffer.from(shown, 'latin1');
    },
  };
}

/** All live values of a plugin's secrets. */
export function liveValues(
  secrets: Pick<Secrets, 'live' | 'namesOf'>,
  plugin: PluginKey,
  now: number,
): readonly string[] {
  const names = new Set(secrets.namesOf(plugin));
  return [...names].flatMap((name) => secrets.live(plugin, name, now).map(({ value }) => value));
}

function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const form = encodeIn(value);
  return [value, json, json.replaceAll('/', '\\/'), form, form.replaceAll('%20', '+')];
}

/** A lone surrogate cannot be encoded. */
function encodeIn(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}
