import { isCredentialHeader } from '../core/credentials';
import { hideNamedValues } from './named-values';
import { isSecretName, looksSecret } from './secret-names';

/** What may be one word of a key, in text of any kind. */
const WORD = /[\w\-.+/=~]{16,}/g;
const WEB_ADDRESS = /^https?:\/\//i;
/** Addresses that are a key by themselves. */
const KEY_HOSTS: readonly string[] = ['hooks.slack.com', 'discord.com/api/webhooks', 'api.telegram.org/bot'];
const SCHEME = /^(?:basic|bearer) /i;
const HEX_SEGMENT = /^[0-9a-f]{32,}$/i;
/** What may be JSON inside a text. */
const JSON_START = /^\s*[[{"]/;
const MOST_DEPTH = 64;
/** How often JSON may stand in a string of JSON; further inside, a string that may be JSON is hidden as a whole. */
const MOST_INSIDE = 4;

/** What is raised for JSON that is nested too deeply to be looked through. */
export class TooDeepError extends Error {}

interface Depth {
  readonly levels: number;
  /** Strings that were parsed on the way. */
  readonly inside: number;
}
const TOP: Depth = { levels: 0, inside: 0 };

/**
 * Takes out of a request what may open a door. The same value becomes the same words everywhere (`redacted-1`), in the
 * order of appearance: the same request gives the same text.
 */
export class Redaction {
  readonly #names = new Map<string, string>();

  header(name: string, value: string): string {
    if (isCredentialHeader(name) || isSecretName(name) || SCHEME.test(value)) return this.#hide(value);
    return this.text(value);
  }

  /** The path and query of a request. */
  target(target: string): string {
    const at = target.indexOf('?');
    const path = (at === -1 ? target : target.slice(0, at))
      .split('/')
      .map((segment) => {
        const plain = decoded(segment);
        return looksSecret(plain) || HEX_SEGMENT.test(plain) ? this.#hide(plain) : segment;
      })
      .join('/');
    return at === -1 ? path : `${path}?${this.form(target.slice(at + 1))}`;
  }

  /**
   * A body as it was declared: a form, parts of one, else JSON, lines of it, or any text.
   * @throws TooDeepError
   */
  body(text: string, type: string): string {
    const kind = type.trim().toLowerCase();
    if (kind.startsWith('application/x-www-form-urlencoded')) return this.form(text);
    const boundary = kind.startsWith('multipart/') ? boundaryIn(type) : undefined;
    if (boundary !== undefined) return this.#parts(text, boundary);
    return this.#jsonOf(text, TOP) ?? this.#lines(text) ?? this.#text(text, true);
  }

  /** `a=1&b=2`, as in a query and a form. @throws TooDeepError */
  form(text: string): string {
    return text
      .split('&')
      .map((pair) => {
        const at = pair.indexOf('=');
        if (at === -1) return this.text(pair);
        const [name, value] = [pair.slice(0, at), decoded(pair.slice(at + 1))];
        const shown = isSecretName(decoded(name)) ? this.#hide(value) : this.#string(value, TOP);
        return shown === value ? pair : `${name}=${encodeURIComponent(shown)}`;
      })
      .join('&');
  }

  /** Any text: keys of known services, addresses that hold one, long random words, and what secret names stand before. */
  text(text: string): string {
    return this.#text(text, false);
  }

  #text(text: string, isLoose: boolean): string {
    if (WEB_ADDRESS.test(text) && !/\s/.test(text)) return this.#webAddress(text);
    const named = hideNamedValues(text, isLoose, (value) => this.#hide(value));
    return named.replace(WORD, (word) => (looksSecret(word) ? this.#hide(word) : word));
  }

  /** Text of JSON; as it is where nothing is to be taken out, undefined where it is no JSON. */
  #jsonOf(text: string, depth: Depth): string | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return undefined;
    }
    const redacted = JSON.stringify(this.#value(value, false, depth));
    // Of two members of one name the first is in the text alone.
    const isAsItIs = redacted === JSON.stringify(value) && new Redaction().text(text) === text;
    return isAsItIs ? text : redacted;
  }

  /** Of JSON, one in each line. */
  #lines(text: string): string | undefined {
    if (!JSON_START.test(text)) return undefined;
    const lines = text.split('\n');
    const shown = lines.map((line) => (line.trim() === '' ? line : this.#jsonOf(line, TOP)));
    return shown.includes(undefined) ? undefined : shown.join('\n');
  }

  #parts(text: string, boundary: string): string {
    const between = `--${boundary}`;
    const parts = text.split(between).map((part) => {
      const [blank] = /\r?\n\r?\n/.exec(part) ?? [];
      if (blank === undefined) return this.#text(part, true);
      const at = part.indexOf(blank) + blank.length;
      const end = part.endsWith('\r\n') ? part.length - 2 : part.length;
      const [head, content] = [part.slice(0, at), part.slice(at, Math.max(at, end))];
      const name = /\bname\s*=\s*"?([^";\r\n]*)/i.exec(head)?.[1] ?? '';
      const shown = isSecretName(name) ? this.#hide(content) : this.body(content, '');
      return head + shown + part.slice(Math.max(at, end));
    });
    return parts.join(between);
  }

  #webAddress(text: string): string {
    if (!URL.canParse(text)) return this.#hide(text);
    const { username, password, pathname, search, origin, hash, host } = new URL(text);
    if (KEY_HOSTS.some((known) => `${host}${pathname}`.startsWith(known)))
      return `${origin}/${this.#hide(text)}`;
    const [shown, end] = [
      this.target(`${pathname}${search}`),
      hash === '' ? '' : `#${this.form(hash.slice(1))}`,
    ];
    if (username === '' && password === '' && shown === `${pathname}${search}` && end === hash) return text;
    return `${origin}${shown}${end}`;
  }

  #value(value: unknown, isSecret: boolean, depth: Depth): unknown {
    if (typeof value === 'string') return isSecret ? this.#hide(value) : this.#string(value, depth);
    if (typeof value === 'number') return isSecret ? 0 : value;
    if (typeof value !== 'object' || value === null) return value;
    if (depth.levels >= MOST_DEPTH) throw new TooDeepError();
    const within = { ...depth, levels: depth.levels + 1 };
    if (Array.isArray(value)) return value.map((item) => this.#value(item, isSecret, within));
    const entries = Object.entries(value).map(([name, member]): [string, unknown] => [
      name,
      this.#value(member, isSecret || isSecretName(name), within),
    ]);
    return Object.fromEntries(entries);
  }

  /** A string that may be JSON itself. */
  #string(text: string, depth: Depth): string {
    if (!JSON_START.test(text)) return this.text(text);
    if (depth.inside >= MOST_INSIDE) return this.#hide(text);
    return this.#jsonOf(text, { ...depth, inside: depth.inside + 1 }) ?? this.text(text);
  }

  #hide(value: string): string {
    if (value === '') return value;
    let name = this.#names.get(value);
    if (name === undefined) this.#names.set(value, (name = `redacted-${this.#names.size + 1}`));
    return name;
  }
}

function boundaryIn(type: string): string | undefined {
  const found = /;\s*boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(type);
  return found?.[1] ?? found?.[2];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
