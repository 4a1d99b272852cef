import { systemClock, type Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { ChannelsDesk } from '../core/ports/channels-desk';
import type { ApiDescriptions } from '../core/ports/api-description';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Doctor } from '../core/ports/doctor';
import type { Explainer, Explanation } from '../core/ports/explain';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginConfigs } from '../core/ports/plugin-config';
import type { PluginRegistry, PluginStatus, Transition } from '../core/ports/plugin-registry';
import type { LogRing } from '../core/ports/log-ring';
import type { RunsDesk } from '../core/ports/runs-desk';
import type { QuarantineDesk } from '../core/ports/quarantine-desk';
import type { Rekeying } from '../core/ports/rekeying';
import type { Secrets } from '../core/ports/secrets';
import type { SignedUrls } from '../core/ports/signed-urls';
import type { UserChannels } from '../core/ports/user-channels';
import type { UserSecrets } from '../core/ports/user-secrets';
import type { ToolCalls } from '../core/tool-call';
import { createConfigDesk, type ConfigDesk } from './config-desk';
import { createLogDesk, type LogDesk } from './log-desk';
import { createEventsDesk, type EventsDesk, type EventsPorts } from './events-desk';
import { createSecretsDesk, type SecretsDesk } from './secrets-desk';
import type { SendDesk } from './send-desk';
import type { TokensDesk } from './tokens';
import { createToolsDesk, type ToolsDesk } from './tools-desk';
import { createUrlsDesk, type UrlsDesk } from './urls-desk';
import { createUsersDesk, type UsersDesk } from './users-desk';

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
  /** What the agent did. @throws inbox/unavailable in a host that stores nothing */
  readonly runs: RunsDesk;
}

export interface OperatorPorts {
  readonly registry: PluginRegistry;
  readonly explainer: Explainer;
  /** Absent in a host that stores nothing. */
  readonly inbox?: InboxDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly secrets?: Secrets | undefined;
  /** Absent in a host that stores nothing. */
  readonly userSecrets?: UserSecrets | undefined;
  /** Absent in a host whose key cannot change. */
  readonly rekeying?: Rekeying | undefined;
  /** Absent in a host that stores nothing. */
  readonly userChannels?: UserChannels | undefined;
  /** Absent in a host that stores nothing. */
  readonly channels?: ChannelsDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly quarantine?: QuarantineDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly doctor?: Doctor | undefined;
  /** Absent in a host that stores nothing. */
  readonly signedUrls?: SignedUrls | undefined;
  /** Absent in a host that stores nothing. */
  readonly configs?: PluginConfigs | undefined;
  /** Absent in a host that stores nothing. */
  readonly events?: EventsPorts | undefined;
  /** Where callers reach the host. */
  readonly publicUrl?: string | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Absent in a host that keeps no lines of its log. */
  readonly logs?: LogRing | undefined;
  /** Aborts when the host stops: streams end. */
  readonly stopping?: AbortSignal | undefined;
  /** Absent in a host that sends no samples. */
  readonly sending?: SendDesk | undefined;
  /** Absent in a host without tools. */
  readonly tools?: ToolCalls | undefined;
  /** Absent in a host that stores nothing. */
  readonly tokens?: TokensDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly runs?: RunsDesk | undefined;
  /** Absent in a host that describes nothing: plugins are unknown to it. */
  readonly descriptions?: Pick<ApiDescriptions, 'typesOf'> | undefined;
  /** Answers that broke their own schema, by plugin and endpoint. */
  readonly brokenResponses?: (() => readonly { readonly key: string; readonly count: number }[]) | undefined;
  /** Absent in a host without the compatibility layer: nothing is deprecated there. */
  readonly deprecations?: (() => readonly DeprecationUse[]) | undefined;
}

/** The operator of this very process. */
export function createOperator(ports: OperatorPorts): Operator {
  const { registry, explainer, sending, deprecations } = ports;
  const { signedUrls, publicUrl, clock = systemClock } = ports;
  return {
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
    deprecations: async () => deprecations?.() ?? [],
    get inbox() {
      return kept(ports.inbox);
    },
    get channels() {
      return kept(ports.channels);
    },
    get quarantine() {
      return kept(ports.quarantine);
    },
    get doctor() {
      return kept(ports.doctor);
    },
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
    get tokens() {
      return kept(ports.tokens);
    },
    get runs() {
      return kept(ports.runs);
    },
    get events() {
      return createEventsDesk(kept(ports.events));
    },
    urls: createUrlsDesk({ registry, signedUrls, publicUrl, clock }),
    get sending() {
      if (sending === undefined) throw new HostError('operator/sends-nothing', []);
      return sending;
    },
  };
}

/** @throws plugin/unknown, plugin/not-ready */
async function typesOf(key: string, { registry, descriptions }: OperatorPorts): Promise<string> {
  if (registry.find(key) === undefined || !descriptions) throw new HostError('plugin/unknown', [key]);
  return descriptions.typesOf(key);
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
