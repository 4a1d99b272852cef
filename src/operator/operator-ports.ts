import type { Clock } from '../core/clock';
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
import type { PluginEraser } from '../core/ports/upkeep-desk';
import type { ApiDescriptions } from '../core/ports/api-description';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Doctor } from '../core/ports/doctor';
import type { Explainer } from '../core/ports/explain';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginConfigs } from '../core/ports/plugin-config';
import type { PluginRegistry } from '../core/ports/plugin-registry';
import type { LogRing } from '../core/ports/log-ring';
import type { RunsDesk } from '../core/ports/runs-desk';
import type { QuarantineDesk } from '../core/ports/quarantine-desk';
import type { Rekeying } from '../core/ports/rekeying';
import type { Secrets } from '../core/ports/secrets';
import type { SignedUrls } from '../core/ports/signed-urls';
import type { UserChannels } from '../core/ports/user-channels';
import type { UserSecrets } from '../core/ports/user-secrets';
import type { ToolCalls } from '../core/tool-call';
import type { EventsPorts } from './events-desk';
import type { RefusalReplay } from './refusal-replay';
import type { SendDesk } from './send-desk';
import type { SessionsDesk } from './sessions';
import type { TokensDesk } from './tokens';

/** What a host has for its operator. */
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
  readonly sessions?: SessionsDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly runs?: RunsDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly replayRefusal?: ((id: string) => Promise<RefusalReplay>) | undefined;
  /** Each absent in a host that has none. */
  readonly deliveries?: DeliveriesDesk | undefined;
  readonly schedules?: SchedulesDesk | undefined;
  readonly eraser?: PluginEraser | undefined;
  readonly pulls?: PullsDesk | undefined;
  readonly data?: DataDesk | undefined;
  readonly health?: HealthDesk | undefined;
  readonly measurements?: Measurements | undefined;
  readonly audit?: AuditLog | undefined;
  readonly backups?: BackupDesk | undefined;
  readonly changes?: ChangeFeed | undefined;
  /** Absent in a host that describes nothing: plugins are unknown to it. */
  readonly descriptions?: Pick<ApiDescriptions, 'typesOf' | 'ofHost' | 'ofPlugin'> | undefined;
  /** The text of a plugin's README; undefined where it has none. */
  readonly readmeOf?: ((key: string) => Promise<string | undefined>) | undefined;
  /** Answers that broke their own schema, by plugin and endpoint. */
  readonly brokenResponses?: (() => readonly { readonly key: string; readonly count: number }[]) | undefined;
  /** Absent in a host without the compatibility layer: nothing is deprecated there. */
  readonly deprecations?: (() => readonly DeprecationUse[]) | undefined;
}
