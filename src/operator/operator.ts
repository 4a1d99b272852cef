import { systemClock, type Clock } from '../core/clock';
import { HostError } from '../core/errors';
import type { ApiDescriptions } from '../core/ports/api-description';
import type { InboxDesk } from '../core/ports/inbox-desk';
import type { Doctor } from '../core/ports/doctor';
import type { Explainer, Explanation } from '../core/ports/explain';
import type { DeprecationUse } from '../core/ports/legacy-layer';
import type { PluginConfigs } from '../core/ports/plugin-config';
import type { PluginRegistry, PluginStatus, Transition } from '../core/ports/plugin-registry';
import type { QuarantineDesk } from '../core/ports/quarantine-desk';
import type { Secrets } from '../core/ports/secrets';
import type { SignedUrls } from '../core/ports/signed-urls';
import { createConfigDesk, type ConfigDesk } from './config-desk';
import { createSecretsDesk, type SecretsDesk } from './secrets-desk';
import type { SendDesk } from './send-desk';
import { createUrlsDesk, type UrlsDesk } from './urls-desk';

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
  /** What was refused. @throws inbox/unavailable in a host that stores nothing */
  readonly quarantine: QuarantineDesk;
  /** Why it was. @throws inbox/unavailable in a host that stores nothing */
  readonly doctor: Doctor;
  /** Where plugins answer, and the tokens of addresses that are signed. */
  readonly urls: UrlsDesk;
  /** What operators give plugins as configuration. @throws inbox/unavailable in a host that stores nothing */
  readonly configs: ConfigDesk;
  /** Samples, sent to endpoints of this host. @throws operator/sends-nothing */
  readonly sending: SendDesk;
}

export interface OperatorPorts {
  readonly registry: PluginRegistry;
  readonly explainer: Explainer;
  /** Absent in a host that stores nothing. */
  readonly inbox?: InboxDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly secrets?: Secrets | undefined;
  /** Absent in a host that stores nothing. */
  readonly quarantine?: QuarantineDesk | undefined;
  /** Absent in a host that stores nothing. */
  readonly doctor?: Doctor | undefined;
  /** Absent in a host that stores nothing. */
  readonly signedUrls?: SignedUrls | undefined;
  /** Absent in a host that stores nothing. */
  readonly configs?: PluginConfigs | undefined;
  /** Where callers reach the host. */
  readonly publicUrl?: string | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Absent in a host that sends no samples. */
  readonly sending?: SendDesk | undefined;
  /** Absent in a host that describes nothing: plugins are unknown to it. */
  readonly descriptions?: Pick<ApiDescriptions, 'typesOf'> | undefined;
  /** Answers that broke their own schema, by plugin and endpoint. */
  readonly brokenResponses?: (() => readonly { readonly key: string; readonly count: number }[]) | undefined;
  /** Absent in a host without the compatibility layer: nothing is deprecated there. */
  readonly deprecations?: (() => readonly DeprecationUse[]) | undefined;
}

/** The operator of this very process. */
export function createOperator(ports: OperatorPorts): Operator {
  const { registry, explainer, inbox, secrets, sending, deprecations } = ports;
  const { signedUrls, publicUrl, clock = systemClock } = ports;
  const withBroken = (status: PluginStatus): PluginStatus => {
    const broken = (ports.brokenResponses?.() ?? []).filter(({ key }) => key === status.key);
    const total = broken.reduce((sum, { count }) => sum + count, 0);
    return total === 0 ? status : { ...status, brokenResponses: total };
  };
  return {
    plugins: async () => registry.list().map(withBroken),
    plugin: async (key) => {
      const status = registry.find(key);
      if (status === undefined) throw new HostError('plugin/unknown', [key]);
      return withBroken(status);
    },
    enable: async (key) => registry.enable(key),
    disable: async (key) => registry.disable(key),
    reload: async (key) => registry.reload(key),
    explain: async (method, path) => explainer.explain(method, path),
    types: async (key) => {
      if (registry.find(key) === undefined || ports.descriptions === undefined)
        throw new HostError('plugin/unknown', [key]);
      return ports.descriptions.typesOf(key);
    },
    deprecations: async () => deprecations?.() ?? [],
    get inbox() {
      if (inbox === undefined) throw new HostError('inbox/unavailable', []);
      return inbox;
    },
    get quarantine() {
      if (ports.quarantine === undefined) throw new HostError('inbox/unavailable', []);
      return ports.quarantine;
    },
    get doctor() {
      if (ports.doctor === undefined) throw new HostError('inbox/unavailable', []);
      return ports.doctor;
    },
    get secrets() {
      if (secrets === undefined) throw new HostError('inbox/unavailable', []);
      return createSecretsDesk(secrets, registry, clock);
    },
    get configs() {
      if (ports.configs === undefined) throw new HostError('inbox/unavailable', []);
      return createConfigDesk(ports.configs, registry);
    },
    urls: createUrlsDesk({ registry, signedUrls, publicUrl, clock }),
    get sending() {
      if (sending === undefined) throw new HostError('operator/sends-nothing', []);
      return sending;
    },
  };
}
