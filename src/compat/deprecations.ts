import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import type { Mount } from '../core/mount';
import { moduleOf, type PluginKey } from '../core/plugin-key';
import type { DeprecatedUse, Deprecations } from '../core/ports/deprecations';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import { WEBHOOK_METHOD, deprecatedThings, type DeprecatedThing } from './deprecated-things';

export interface DeprecationsOptions {
  /** `on`: served, not logged. `warn`: served and logged. `off`: the old webhook addresses are gone (410). */
  readonly mode: 'on' | 'warn' | 'off';
  /** When the old addresses will end; sent as `Sunset` (RFC 8594) only when set. */
  readonly sunset?: Date | undefined;
  readonly logger: Pick<Logger, 'warn'>;
  readonly clock: Clock;
}

/** The ledger as the host composes it. Kept in memory: counts begin anew with the process. */
export interface DeprecationLedger extends Deprecations {
  /** Warns once for each deprecated declaration of a plugin that now serves; reloads do not repeat it. */
  registered(mount: Mount): void;
  /** Every deprecated thing that was used, most used first; plain data. */
  report(): readonly DeprecationUse[];
}

interface Entry {
  record: DeprecationUse;
  /** Uses since the last warning, and when that was. */
  unsaid: number;
  warnedAt: number;
}

const WARNING_EVERY_MS = 60_000;
const USER_AGENT_LENGTH = 200;

/** Counts uses of what is deprecated, gives the headers of RFC 9745 and RFC 8594, and warns at most once a minute. */
export function createDeprecations(options: DeprecationsOptions): DeprecationLedger {
  const { mode, sunset, logger, clock } = options;
  const entries = new Map<string, Entry>();
  const announced = new Set<string>();

  const warn = (thing: DeprecatedThing, key: PluginKey, entry: Entry): void => {
    entry.unsaid += 1;
    if (mode === 'on' || clock.now() - entry.warnedAt < WARNING_EVERY_MS) return;
    const { plugin, endpoint, successor, count, lastCaller } = entry.record;
    const times = entry.unsaid === 1 ? 'once' : `${entry.unsaid} times`;
    const title = thing.title
      .replace('<key>', () => plugin)
      .replace('<module>', () => moduleOf(key))
      .replace('/<endpoint>', () => endpoint);
    logger.warn(`plugin ${plugin}: ${title} was used ${times}; use ${successor}`, {
      plugin,
      endpoint,
      deprecated: thing.id,
      count,
      lastCaller,
    });
    Object.assign(entry, { unsaid: 0, warnedAt: clock.now() });
  };

  return {
    used: (use) => {
      const thing = deprecatedThings.get(use.id);
      if (thing === undefined) return { gone: false, headers: {} };
      warn(thing, use.key, counted(entries, thing, use, clock.now()));
      return { gone: mode === 'off' && thing.switched, headers: headersOf(thing, use.successor, sunset) };
    },
    registered: (mount) => {
      if (mode === 'on') return;
      for (const { origin } of [...mount.endpoints, ...mount.tasks, ...mount.tools, ...mount.effects]) {
        const thing = origin.deprecated === undefined ? undefined : deprecatedThings.get(origin.deprecated);
        const place = `${mount.key} ${origin.where}`;
        if (thing === undefined || announced.has(place)) continue;
        announced.add(place);
        const gone =
          mode === 'off' && thing.id === WEBHOOK_METHOD ? '; its old addresses are switched off' : '';
        logger.warn(`plugin ${mount.key}: ${origin.where} is deprecated; use ${thing.replacement}${gone}`, {
          plugin: mount.key,
          deprecated: thing.id,
        });
      }
    },
    report: () => [...entries.values()].map(({ record }) => record).sort((a, b) => b.count - a.count),
  };
}

function counted(
  entries: Map<string, Entry>,
  thing: DeprecatedThing,
  use: DeprecatedUse,
  now: number,
): Entry {
  const endpoint = thing.countedPer === 'plugin' ? '*' : use.endpoint;
  const slot = `${thing.id} ${use.key} ${endpoint}`;
  const before = entries.get(slot);
  const userAgent = use.caller.userAgent?.slice(0, USER_AGENT_LENGTH);
  const record: DeprecationUse = {
    id: thing.id,
    plugin: use.key,
    endpoint,
    successor: use.successor,
    count: (before?.record.count ?? 0) + 1,
    lastCaller: { ip: use.caller.ip, userAgent, at: now },
  };
  const entry = before ?? { record, unsaid: 0, warnedAt: -Infinity };
  entry.record = record;
  entries.set(slot, entry);
  return entry;
}

/**
 * @see RFC 9745 §2.1 (`Deprecation` is a structured date), RFC 8594 §3 (`Sunset` is an HTTP-date), RFC 5829 §3.3
 * (`successor-version`)
 */
function headersOf(
  thing: DeprecatedThing,
  successor: string,
  sunset: Date | undefined,
): Record<string, string> {
  return {
    Deprecation: `@${thing.sinceSeconds}`,
    Link: `<${uri(successor)}>; rel="successor-version"`,
    ...(sunset !== undefined && { Sunset: sunset.toUTCString() }),
  };
}

/** Percent-encodes what may not stand in a URI, byte by byte; `%` stays: the address may be encoded already. */
function uri(address: string): string {
  return address.replace(/[^A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+/g, (text) =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
