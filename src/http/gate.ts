import type express from 'express';
import type { Logger } from 'winston';
import { BodyRoom } from '../core/body-room';
import { systemClock, type Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { MountTable } from '../core/mount-table';
import type { DeprecatedUse, Deprecations } from '../core/ports/deprecations';
import type { Guards } from '../core/ports/guards';
import type { Inbox } from '../core/ports/inbox';
import type { OperatorAuth } from '../core/ports/operator-auth';
import type { Quarantine } from '../core/ports/quarantine';
import type { Tracing } from '../core/ports/tracing';
import type { SharedAddress } from '../core/ports/shared-address';
import type { Settings } from '../core/settings';
import type { AccessLog } from './access-log';
import { BrokenResponses } from './broken-responses';
import { closedGuards } from './closed-guard';
import { Deadlines } from './deadlines';
import { REPLAY_HEADER, type FirstArrival, type RefusalReplays } from '../core/refusal-replays';
import type { Measuring } from './measuring';
import type { GateRequest, GateResponse } from './messages';
import { Quotas } from './quotas';
import { ReachChecks } from './reach-check';
import { Refusals } from './refusals';
import { asItCame } from './sanitising';
import { Sites } from './site';
import type { SocketExchange } from './socket-exchange';
import type { ServingSettings } from './target';

/** What a gateway is made of. */
export interface GatewayParts {
  readonly table: MountTable;
  readonly settings: Pick<Settings, 'trustProxy' | 'host'> &
    Partial<Pick<Settings, 'publicUrl'>> &
    ServingSettings;
  readonly logger: Logger;
  /** The host's own addresses: everything that is no plugin's. */
  readonly app: express.Application;
  readonly operatorAuth: OperatorAuth;
  readonly accessLog?: AccessLog | undefined;
  /** By this a request is known as one of the host to itself; without it there are none. */
  readonly checkToken?: string | undefined;
  /** Refused requests that the host gives itself once more. */
  readonly replays?: Pick<RefusalReplays, 'find'> | undefined;
  /** Measures what is answered. */
  readonly measuring?: Measuring | undefined;
  /** Told of what plugins answered. */
  readonly tracing?: Pick<Tracing, 'answered'> | undefined;
  readonly deprecations?: Deprecations | undefined;
  readonly shared?: SharedAddress | undefined;
  /** Where requests are stored; without one an endpoint that stores answers 503. */
  readonly inbox?: Inbox | undefined;
  /** Without them whatever is not open to anybody is the operator's alone. */
  readonly guards?: Pick<Guards, 'guardOf'> | undefined;
  /** Counts answers that break their schema; shared with what runs handlers on stored requests. */
  readonly brokenResponses?: BrokenResponses | undefined;
  /** Where refused requests are kept to be looked at. */
  readonly quarantine?: Quarantine | undefined;
  /** When requests come, and how long quotas last. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Prefixes served in place as `/api/plugin/`, each ending with `/`. */
  readonly prefixAliases?: readonly { readonly prefix: string; readonly deprecated: string }[] | undefined;
}

/** Of large bodies that are judged and stored at the same time; a few at once keep a disk busy. */
const LARGE_BODIES_BYTES = 64 * 1024 ** 2;

type OldAddressUse = Omit<DeprecatedUse, 'caller'>;

/** The state of one gateway that its parts share. */
export class Gate {
  readonly sites: Sites;
  readonly deadlines = new Deadlines();
  readonly bodyRoom = new BodyRoom(LARGE_BODIES_BYTES);
  readonly clock: Clock;
  readonly quotas: Quotas;
  readonly refusals: Refusals;
  readonly brokenResponses: BrokenResponses;
  /** Undefined where the host does not ask itself. */
  readonly checks: ReachChecks | undefined;
  /** WebSockets that are connected. */
  readonly sockets = new Set<SocketExchange>();
  isStopping = false;

  constructor(readonly parts: GatewayParts) {
    this.clock = parts.clock ?? systemClock;
    const { settings } = parts;
    this.brokenResponses =
      parts.brokenResponses ?? new BrokenResponses(settings.routes?.brokenResponses ?? 'log', this.clock);
    this.sites = new Sites(parts.table, settings, parts.guards ?? closedGuards, this.brokenResponses);
    this.quotas = new Quotas(this.clock);
    this.refusals = new Refusals(parts, this.quotas, this.clock);
    this.checks = parts.checkToken === undefined ? undefined : new ReachChecks(this, parts.checkToken);
  }

  /** When a request that is given to the host once more first came, and from where; undefined of any other. */
  firstArrival(request: GateRequest): FirstArrival | undefined {
    const ticket = asItCame(request).headers[REPLAY_HEADER];
    return ticket === undefined ? undefined : this.parts.replays?.find(ticket);
  }

  /** Puts headers on the answer that stay there if it is an error. */
  stand(response: GateResponse, headers: Readonly<Record<string, string>>): void {
    response.standing = { ...response.standing, ...headers };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  }

  /**
   * Counts the use of a deprecated address; its headers go on the answer, errors included.
   * @throws request/gone when the operator switched the address off
   */
  deprecate(request: GateRequest, response: GateResponse, use: OldAddressUse): void {
    if (this.#use(request, response, use, () => true)) throw new HostError('request/gone', [use.successor]);
  }

  /**
   * The same of an address that several plugins claim: each is counted, and the answer names none of them.
   * @throws request/gone
   */
  deprecateUnnamed(request: GateRequest, response: GateResponse, uses: readonly OldAddressUse[]): void {
    const gone = uses.filter((use) => this.#use(request, response, use, (name) => name !== 'link'));
    if (gone.length > 0) throw new HostError('request/gone', ['the full plugin key in the URL']);
  }

  #use(
    request: GateRequest,
    response: GateResponse,
    use: OldAddressUse,
    isShown: (header: string) => boolean,
  ): boolean {
    const { deprecations } = this.parts;
    response.isLegacy = true;
    if (deprecations === undefined) return false;
    const caller = { ip: request.clientIp, userAgent: request.headers['user-agent'] };
    const { gone, headers } = deprecations.used({ ...use, caller });
    const shown = Object.entries(headers).filter(([name]) => isShown(name.toLowerCase()));
    response.standing = mergeHeaders(response.standing ?? {}, shown);
    for (const [name, value] of Object.entries(response.standing)) response.setHeader(name, value);
    return gone;
  }
}

/** Several plugins may answer at one old address: each names its own successor, the rest is the same for all. */
function mergeHeaders(
  before: Readonly<Record<string, string>>,
  added: readonly (readonly [name: string, value: string])[],
): Record<string, string> {
  const merged = { ...before };
  for (const [name, value] of added) {
    const lower = name.toLowerCase();
    const old = merged[lower];
    merged[lower] = lower === 'link' && old !== undefined && old !== value ? `${old}, ${value}` : value;
  }
  return merged;
}
