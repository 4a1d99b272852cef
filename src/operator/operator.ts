import { systemClock } from '../core/clock';
import { HostError } from '../core/errors';
import type { AuditLog } from '../core/ports/audit';
import type { BackupDesk } from '../core/ports/backup';
import type { ChangeFeed } from '../core/ports/change-feed';
import type { ChannelsDesk } from '../core/ports/channels-desk';
import type { DataDesk } from '../core/ports/data-desk';
import type { DeliveriesDesk } from '../core/ports/deliveries-desk';
import type { HealthDesk } from '../core/ports/health-desk';
import type { Measurements } from '../core/ports/measurements';
import type { SchedulesDesk } from '../core/ports/schedules-desk';
import type { PullsDesk } from '../core/ports/pulls';
import type { UpkeepDesk } from '../core/ports/upkeep-desk';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Doctor } from '../core/ports/doctor';
import type { Explanation } from '../core/ports/explain';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginStatus, Transition } from '../core/ports/plugin-registry';
import type { RunsDesk } from '../core/ports/runs-desk';
import type { QuarantineDesk } from '../core/ports/quarantine-desk';
import { createConfigDesk, type ConfigDesk } from './config-desk';
import { createLogDesk, type LogDesk } from './log-desk';
import { createEventsDesk, type EventsDesk } from './events-desk';
import type { RefusalReplay } from './refusal-replay';
import { createSecretsDesk, type SecretsDesk } from './secrets-desk';
import type { SendDesk } from './send-desk';
import type { SessionsDesk } from './sessions';
import type { TokensDesk } from './tokens';
import { createToolsDesk, type ToolsDesk } from './tools-desk';
import { createUpkeepDesk } from './upkeep-desk';
import { createUrlsDesk, type UrlsDesk } from './urls-desk';
import { createUsersDesk, type UsersDesk } from './users-desk';
import type { OperatorPorts } from './operator-ports';

export type { OperatorPorts } from './operator-ports';

/**
 * Every operator verb, once: the HTTP face serves it, the command line calls it, locally or over a connection.
 * A verb about a plugin the host does not know rejects with plugin/unknown.
 */
export interface Operator {
  plugins(): Promise<readonly PluginStatus[]>;
  plugin(key: string): Promise<PluginStatus>;
  enable(key: string): Promise<Transition>;
  disable(key: string): Promise<Transition>;
  /** Resolves after the swap; `ok: false` when the new generation failed and the old one serves on. */
  reload(key: string): Promise<Transition>;
  explain(method: string, path: string): Promise<Explanation>;
  /** TypeScript for the plugin's callers. Rejects with plugin/not-ready while it serves nothing. */
  types(key: string): Promise<string>;
  /** What a plugin answers, described as OpenAPI 3.1; of the whole host without a key. @throws plugin/unknown, plugin/not-ready */
  openApi(key?: string): Promise<Readonly<Record<string, unknown>>>;
  /** The README of a plugin, Markdown of its author's. Rejects with plugin/no-readme where it has none. */
  readme(key: string): Promise<string>;
  /** What is deprecated and still in use. */
  deprecations(): Promise<readonly DeprecationUse[]>;
  /** What was stored, and the work on it. @throws inbox/unavailable in a host that stores nothing */
  readonly inbox: InboxDesk;
  /** Values go in and do not come out. @throws inbox/unavailable in a host that stores nothing */
  readonly secrets: SecretsDesk;
  /** Where users are told things. @throws inbox/unavailable in a host that stores nothing */
  readonly users: UsersDesk;
  /** Chats. @throws inbox/unavailable in a host that stores nothing */
  readonly channels: ChannelsDesk;
  /** What was refused. @throws inbox/unavailable in a host that stores nothing */
  readonly quarantine: QuarantineDesk;
  /** Gives the host a refused request once more, under today's rules. @throws as `createRefusalReplay`; inbox/unavailable in a host that stores nothing */
  replayRefusal(id: string): Promise<RefusalReplay>;
  /** Why it was. @throws inbox/unavailable in a host that stores nothing */
  readonly doctor: Doctor;
  /** Where plugins answer, and the tokens of addresses that are signed. */
  readonly urls: UrlsDesk;
  /** What operators give plugins as configuration. @throws inbox/unavailable in a host that stores nothing */
  readonly configs: ConfigDesk;
  /** The last lines of the log of the host that is asked. @throws inbox/unavailable in a host that keeps none */
  readonly logs: LogDesk;
  /** Samples, sent to endpoints of this host. @throws operator/sends-nothing */
  readonly sending: SendDesk;
  /** What they start, and how to tell of one. @throws inbox/unavailable in a host without them */
  readonly events: EventsDesk;
  /** What plugins can do for agents. @throws inbox/unavailable in a host without them */
  readonly tools: ToolsDesk;
  /** What others may. @throws inbox/unavailable in a host that stores nothing */
  readonly tokens: TokensDesk;
  /** Who is signed in at the console. @throws inbox/unavailable in a host that stores nothing */
  readonly sessions: SessionsDesk;
  /** What the agent did. @throws inbox/unavailable in a host that stores nothing */
  readonly runs: RunsDesk;
  /** One stored request and what came of it. @throws inbox/unavailable in a host that stores nothing */
  readonly deliveries: DeliveriesDesk;
  /** When tasks are due. @throws inbox/unavailable in a host that stores nothing */
  readonly schedules: SchedulesDesk;
  /** What plugins keep. @throws inbox/unavailable in a host that stores nothing */
  readonly data: DataDesk;
  /** How the host is, and its endpoints. @throws inbox/unavailable in a host that stores nothing */
  readonly health: HealthDesk;
  /** What the asked host measured. @throws inbox/unavailable in a host that measures nothing */
  readonly measurements: MeasurementsDesk;
  /** What was changed, by whom. @throws inbox/unavailable in a host that stores nothing */
  readonly audit: AuditDesk;
  /** Lets others answer what endpoints receive. @throws inbox/unavailable in a host that hands nothing on */
  readonly pulls: PullsDesk;
  /** What follows a change of the files that plugins stand in. */
  readonly upkeep: UpkeepDesk;
  /** Everything the host keeps. @throws inbox/unavailable in a host that stores nothing */
  readonly backups: BackupDesk;
  /** Tells what changed. @throws inbox/unavailable in a host that stores nothing */
  readonly changes: ChangeFeed;
}

export type AuditDesk = Pick<AuditLog, 'list'>;

/** The asked host's measurements, as one process asks another. */
export interface MeasurementsDesk {
  series(query: Parameters<Measurements['series']>[0]): Promise<ReturnType<Measurements['series']>>;
  endpoints(lastMs: number): Promise<ReturnType<Measurements['endpoints']>>;
}

/** Parts of a host that are desks as they are. */
const DESKS = [
  'inbox',
  'channels',
  'quarantine',
  'doctor',
  'tokens',
  'sessions',
  'runs',
  'deliveries',
  'schedules',
  'data',
  'health',
  'audit',
  'pulls',
  'backups',
  'changes',
] as const satisfies readonly (keyof Operator & keyof OperatorPorts)[];
type DeskName = (typeof DESKS)[number];

/** The operator of this very process. */
export function createOperator(ports: OperatorPorts): Operator {
  const { registry, explainer, sending, deprecations } = ports;
  const { signedUrls, publicUrl, clock = systemClock } = ports;
  const verbs: Omit<Operator, DeskName> = {
    plugins: async () => registry.list().map((status) => withBroken(status, ports)),
    plugin: async (key) => {
      const status = registry.find(key);
      if (status === undefined) throw new HostError('plugin/unknown', [key]);
      return withBroken(status, ports);
    },
    enable: async (key) => registry.enable(key),
    disable: async (key) => registry.disable(key),
    reload: async (key) => registry.reload(key),
    explain: async (method, path) => explainer.explain(method, path),
    types: async (key) => typesOf(key, ports),
    openApi: async (key) => openApiOf(key, ports),
    readme: async (key) => readmeOf(key, ports),
    deprecations: async () => deprecations?.() ?? [],
    replayRefusal: async (id) => kept(ports.replayRefusal)(id),
    get secrets() {
      const { userSecrets: users, rekeying } = ports;
      return createSecretsDesk({ secrets: kept(ports.secrets), registry, clock, users, rekeying });
    },
    get users() {
      return createUsersDesk(kept(ports.userChannels), ports.channels?.whyNot);
    },
    get configs() {
      return createConfigDesk(kept(ports.configs), registry);
    },
    get logs() {
      return createLogDesk(kept(ports.logs), ports.stopping);
    },
    get tools() {
      return createToolsDesk(kept(ports.tools));
    },
    get measurements() {
      return deskOf(kept(ports.measurements));
    },
    upkeep: createUpkeepDesk(ports.registry, ports.eraser),
    get events() {
      return createEventsDesk(kept(ports.events));
    },
    urls: createUrlsDesk({ registry, signedUrls, publicUrl, clock }),
    get sending() {
      if (sending === undefined) throw new HostError('operator/sends-nothing', []);
      return sending;
    },
  };
  return withDesks(verbs, ports);
}

/** Each is asked for when it is used: a host that stores nothing serves the others. */
function withDesks(verbs: Omit<Operator, DeskName>, ports: OperatorPorts): Operator {
  for (const name of DESKS)
    Object.defineProperty(verbs, name, { enumerable: true, get: () => kept(ports[name]) });
  return verbs as Operator;
}

function deskOf(measurements: Measurements): MeasurementsDesk {
  return {
    series: async (query) => measurements.series(query),
    endpoints: async (lastMs) => measurements.endpoints(lastMs),
  };
}

/** @throws plugin/unknown, plugin/not-ready */
async function openApiOf(key: string | undefined, { registry, descriptions }: OperatorPorts) {
  if (descriptions === undefined || (key !== undefined && registry.find(key) === undefined))
    throw new HostError('plugin/unknown', [key ?? '']);
  const { bytes } = key === undefined ? await descriptions.ofHost() : descriptions.ofPlugin(key);
  return JSON.parse(String(bytes)) as Readonly<Record<string, unknown>>;
}

/** @throws plugin/unknown, plugin/not-ready */
async function typesOf(key: string, { registry, descriptions }: OperatorPorts): Promise<string> {
  if (registry.find(key) === undefined || !descriptions) throw new HostError('plugin/unknown', [key]);
  return descriptions.typesOf(key);
}

/** @throws plugin/unknown, plugin/no-readme */
async function readmeOf(key: string, { registry, readmeOf: read }: OperatorPorts): Promise<string> {
  if (registry.find(key) === undefined) throw new HostError('plugin/unknown', [key]);
  const markdown = await read?.(key);
  if (markdown === undefined) throw new HostError('plugin/no-readme', [key]);
  return markdown;
}

function withBroken(status: PluginStatus, { brokenResponses }: OperatorPorts): PluginStatus {
  const broken = (brokenResponses?.() ?? []).filter(({ key }) => key === status.key);
  const total = broken.reduce((sum, { count }) => sum + count, 0);
  return total === 0 ? status : { ...status, brokenResponses: total };
}

/** @throws inbox/unavailable in a host that stores nothing */
function kept<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new HostError('inbox/unavailable', []);
  return part;
}
