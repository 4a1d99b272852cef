import { isIP } from 'node:net';
import type { Rate } from './declaration';
import { isNetwork } from './network';
import { duration, integer, isMapping, type SettingKind } from './settings-kinds';

const requestCount = integer({ min: 1, max: 1_000_000_000 });
const perTime = duration({ min: 1_000, max: 864e5 });

/** How often at most, e.g. `600/1m`; `off` is no limit. */
export const rate: SettingKind<Rate | 'off'> = {
  expected: 'requests in a time from 1s to 1d, such as 600/1m, { requests: 600, perMs: 60000 }, or off',
  parse(given) {
    // YAML 1.1 habits: an unquoted `off` may arrive as a boolean from another writer of the file.
    if (given === 'off' || given === false) return 'off';
    const [count, time, ...rest] =
      typeof given === 'string' ? given.split('/').map((part) => part.trim()) : rateParts(given);
    const [requests, perMs] = [requestCount.parse(count, ''), perTime.parse(time, '')];
    if (requests === undefined || perMs === undefined || rest.length > 0) return undefined;
    return { requests, perMs };
  },
};

function rateParts(given: unknown): unknown[] {
  if (!isMapping(given)) return [];
  const { requests, perMs, ...rest } = given;
  return [requests, perMs, ...Object.keys(rest)];
}

/** Addresses and networks (CIDR): a list, or text separated by `,`. May be empty. */
export const networks: SettingKind<readonly string[]> = {
  expected: 'a list of addresses and networks, or text such as 10.0.0.0/8,2001:db8::/32',
  parse: (given) => listOf(given, (entry) => (isNetwork(entry) ? entry : undefined)),
};

/** Names of hosts, `*.` for all below one: a list, or text separated by `,`. Lower case, IDNA-encoded. */
export const hostNames: SettingKind<readonly string[]> = {
  expected: 'a list of host names, or text such as api.example.org,*.example.com',
  parse: (given) => listOf(given, hostName),
};

/** As a URL would have it, so that what is asked for later compares equal. */
function hostName(text: string): string | undefined {
  const isPattern = text.startsWith('*.');
  const name = isPattern ? text.slice(2) : text;
  if (name === '' || /[\s/\\?#@:*%]/.test(isIP(name) === 6 ? '' : name)) return undefined;
  const address = `http://${isIP(name) === 6 ? `[${name}]` : name}/`;
  if (!URL.canParse(address)) return undefined;
  const { hostname } = new URL(address);
  return isPattern ? `*.${hostname}` : hostname;
}

/** Empty entries of a text are dropped, repeated ones kept once. */
function listOf(given: unknown, read: (entry: string) => string | undefined): readonly string[] | undefined {
  const entries: unknown =
    typeof given === 'string'
      ? given
          .split(',')
          .map((entry) => entry.trim())
          .filter((entry) => entry !== '')
      : given;
  if (!Array.isArray(entries)) return undefined;
  const found = entries.map((entry) => (typeof entry === 'string' ? read(entry.trim()) : undefined));
  return found.every((entry) => entry !== undefined) ? [...new Set(found)] : undefined;
}
