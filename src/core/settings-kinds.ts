import path from 'node:path';
import type { Answer } from './declaration';
import { isNetwork } from './network';
import { parsePluginKey } from './plugin-key';
import { Secret } from './secret';

/** One kind of setting: reads text (flag, variable) and typed values (file) alike. */
export interface SettingKind<T> {
  /** Completes "expected …". */
  readonly expected: string;
  /** True when a value must never be repeated in a message. */
  readonly secret?: boolean;
  /** The value, or undefined when `given` is not one. Relative paths start at `base`. */
  parse(given: unknown, base: string): T | undefined;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

const DIGITS = /^\d{1,15}$/;
const QUANTITY = /^(\d{1,15}) ?([A-Za-z]{1,3})?$/;
const BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const MILLISECONDS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

export function integer(range: Range): SettingKind<number> {
  return {
    expected: `a whole number from ${range.min} to ${range.max}`,
    parse: (given) => within(wholeNumber(given), range),
  };
}

/** Bytes: a number, or text with a unit from B to GiB. */
export function bytes(range: Range): SettingKind<number> {
  return {
    expected: `a size such as 25MiB, from ${range.min} to ${range.max} bytes`,
    parse: (given) => within(quantity(given, BYTES), range),
  };
}

/** Milliseconds: a number, or text with a unit from ms to d. */
export function duration(range: Range): SettingKind<number> {
  return {
    expected: `a duration in milliseconds or such as 30s, from ${range.min} to ${range.max} ms`,
    parse: (given) => within(quantity(given, MILLISECONDS), range),
  };
}

export const flag: SettingKind<boolean> = {
  expected: 'true or false',
  parse: (given) =>
    given === true || given === 'true' ? true : given === false || given === 'false' ? false : undefined,
};

export const text: SettingKind<string> = {
  expected: 'a text that is not empty',
  parse: (given) => (typeof given === 'string' && given.trim() !== '' ? given.trim() : undefined),
};

export function choice<const T extends string>(...options: readonly T[]): SettingKind<T> {
  return {
    expected: `one of ${options.join(', ')}`,
    // YAML 1.1 habits: an unquoted `on` or `off` may arrive as a boolean from another writer of the file.
    parse: (given) =>
      options.find((option) => option === (given === true ? 'on' : given === false ? 'off' : given)),
  };
}

/** An absolute path; `~` is not expanded. */
export const folder: SettingKind<string> = {
  expected: 'a path',
  parse: (given, base) =>
    typeof given === 'string' && given !== '' && !given.includes('\0')
      ? path.resolve(base, given)
      : undefined,
};

/** Absolute paths: a list, or text separated by `:`. Empty entries are dropped, repeated ones kept once. */
export const folders: SettingKind<readonly string[]> = {
  expected: 'a list of paths, or text such as plugins:more-plugins',
  parse(given, base) {
    const entries: unknown =
      typeof given === 'string' ? given.split(':').filter((entry) => entry !== '') : given;
    if (!Array.isArray(entries) || entries.length === 0) return undefined;
    const paths = entries.map((entry) => folder.parse(entry, base));
    return paths.every((entry) => entry !== undefined) ? [...new Set(paths)] : undefined;
  },
};

/** A credential that travels in a header: visible ASCII without spaces (RFC 6750 §2.1 is stricter still). */
export const secret: SettingKind<Secret> = {
  expected: 'a text of visible ASCII characters without spaces',
  secret: true,
  parse: (given) =>
    typeof given === 'string' && /^[\x21-\x7e]+$/.test(given) ? new Secret(given) : undefined,
};

/** A key of 256 bits as text. */
export const masterKey: SettingKind<Secret> = {
  expected: '32 bytes as base64 or as 64 hexadecimal digits (openssl rand -base64 32 prints one)',
  secret: true,
  parse: (given) =>
    typeof given === 'string' && (/^[0-9a-fA-F]{64}$/.test(given) || /^[A-Za-z0-9+/_-]{43}=?$/.test(given))
      ? new Secret(given)
      : undefined,
};

/** Keys of 256 bits: a list, or text between commas. */
export const masterKeys: SettingKind<readonly Secret[]> = {
  expected: 'keys as masterKey is one, between commas',
  secret: true,
  parse(given, base) {
    const entries: unknown =
      typeof given === 'string' ? given.split(',').filter((entry) => entry.trim() !== '') : given;
    if (!Array.isArray(entries)) return undefined;
    const keys = entries.map((entry) =>
      masterKey.parse(typeof entry === 'string' ? entry.trim() : entry, base),
    );
    return keys.every((key) => key !== undefined) ? keys : undefined;
  },
};

/** An absolute http(s) address without query, fragment or trailing slash. */
export const webAddress: SettingKind<string> = {
  expected: 'an address such as https://plugins.example.org',
  parse(given) {
    if (typeof given !== 'string' || !URL.canParse(given)) return undefined;
    const url = new URL(given);
    const plain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
    if (!plain || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
    return url.origin + (url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname);
  },
};

export const date: SettingKind<Date> = {
  expected: 'a date such as 2027-06-30 or 2027-06-30T12:00:00Z',
  parse(given) {
    const made = given instanceof Date ? given : new Date(isIsoDate(given) ? given : Number.NaN);
    return Number.isNaN(made.getTime()) ? undefined : made;
  },
};

/** When the sender of a webhook is answered. */
export const answer: SettingKind<Answer> = {
  expected: 'handler, accept, or { ackWithinMs: 2500 } (as text: ackWithinMs=2500), at most a day',
  parse(given) {
    if (given === 'handler' || given === 'accept') return given;
    const entries = typeof given === 'string' ? pairs(given) : isMapping(given) ? Object.entries(given) : [];
    const [[name, value] = [], ...others] = entries;
    if (name !== 'ackWithinMs' || others.length > 0) return undefined;
    const ackWithinMs = duration({ min: 1, max: 864e5 }).parse(value, '');
    return ackWithinMs === undefined ? undefined : { ackWithinMs };
  },
};

/** Global legacy endpoints and the plugin key that alone answers each. */
export const pins: SettingKind<Readonly<Record<string, string>>> = {
  expected: 'endpoints with plugin keys: a mapping, or text such as github=acme.ci,stripe=acme.pay',
  parse(given) {
    const entries =
      typeof given === 'string' ? pairs(given) : isMapping(given) ? Object.entries(given) : undefined;
    if (entries === undefined) return undefined;
    const valid = entries.every(
      ([endpoint, key]) => endpoint !== '' && typeof key === 'string' && parsePluginKey(key) !== undefined,
    );
    return valid ? (Object.fromEntries(entries) as Record<string, string>) : undefined;
  },
};

/** How long receipts of a plugin (`acme.ci`) or of one of its endpoints (`acme.ci POST /github`) are kept, in ms. */
export const retentions: SettingKind<Readonly<Record<string, number>>> = {
  expected:
    'plugin keys or endpoints with durations: a mapping, or text such as acme.ci=90d,acme.pay POST /stripe=7d',
  parse(given) {
    const kind = duration({ min: 1_000, max: 3_660 * 864e5 });
    const entries =
      typeof given === 'string' ? pairs(given) : isMapping(given) ? Object.entries(given) : undefined;
    const kept = entries?.map(([name, value]) => [name, kind.parse(value, '')] as const);
    const valid = kept?.every(
      ([name, keepMs]) => keepMs !== undefined && parsePluginKey(name.split(' ')[0] ?? '') !== undefined,
    );
    return valid === true ? (Object.fromEntries(kept ?? []) as Record<string, number>) : undefined;
  },
};

/** Held as a secret: it may carry a password. */
export const databaseUrl: SettingKind<Secret> = {
  expected: 'an address such as postgres://user:password@host:5432/database',
  secret: true,
  parse: (given) =>
    typeof given === 'string' && URL.canParse(given) && /^postgres(ql)?:\/\//.test(given)
      ? new Secret(given)
      : undefined,
};

/** What Express's `trust proxy` takes, checked here so that a slip is refused at start. */
export const trustedProxies: SettingKind<boolean | number | string> = {
  expected: 'true, false, a number of hops, or addresses such as loopback,10.0.0.0/8',
  parse(given) {
    const hops = wholeNumber(given);
    if (hops !== undefined) return hops <= 100 ? hops : undefined;
    const yesOrNo = flag.parse(given, '');
    if (yesOrNo !== undefined || typeof given !== 'string') return yesOrNo;
    const addresses = given.split(',').map((address) => address.trim());
    return addresses.every(isProxyAddress) ? addresses.join(',') : undefined;
  },
};

/** A YAML mapping as it is read: a plain object. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function isProxyAddress(address: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(address)) return true;
  return isNetwork(address);
}

function pairs(given: string): [string, string][] {
  return given
    .split(',')
    .filter((pair) => pair.trim() !== '')
    .map((pair) => {
      const at = pair.lastIndexOf('=');
      return [pair.slice(0, Math.max(at, 0)).trim(), pair.slice(at + 1).trim()];
    });
}

function isIsoDate(given: unknown): given is string {
  return (
    typeof given === 'string' &&
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(given)
  );
}

function wholeNumber(given: unknown): number | undefined {
  if (typeof given === 'string') return DIGITS.test(given) ? Number(given) : undefined;
  return Number.isSafeInteger(given) ? (given as number) : undefined;
}

function quantity(given: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof given !== 'string') return wholeNumber(given);
  const match = QUANTITY.exec(given);
  const unit = match?.[2] ?? '';
  return match === null || !Object.hasOwn(units, unit) ? undefined : Number(match[1]) * (units[unit] ?? 1);
}

function within(value: number | undefined, range: Range): number | undefined {
  return value !== undefined && value >= range.min && value <= range.max ? value : undefined;
}
