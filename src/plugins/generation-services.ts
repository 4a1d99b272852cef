import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'winston';
import type { Actor } from '../core/actor';
import type { Endpoint, Task } from '../core/declaration';
import { HostError } from '../core/errors';
import type { Awaitable } from '../core/exchange';
import type { Tasks } from '../core/job';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { Channels } from '../core/ports/channels';
import type { Outgoing } from '../core/ports/outgoing';
import type { DeclaredConfig } from '../core/ports/plugin-config';
import type { PluginSecrets } from '../core/ports/secrets';
import type { SignatureSchemes } from '../core/ports/signature-schemes';
import type { SignedAddresses } from './signed-addresses';

/** What of the services only the generation itself can give. */
export interface GenerationFacts {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  /** What its code is laid to. */
  readonly actor: Actor;
  /** What it says of its configuration, when it does. */
  readonly config: DeclaredConfig | undefined;
  readonly signal: AbortSignal;
  /** Aborts when the generation is let go of: after its leases have drained and its clean-up ran. */
  readonly released: AbortSignal;
  /** What the generation declares; nothing before it was read. */
  declaredTasks(): readonly Task[];
  declaredEndpoints(): readonly Endpoint[];
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string;
}
/** Whose requests to elsewhere they are, and how long. */
export type OutgoingFacts = Pick<GenerationFacts, 'key' | 'info' | 'released'> &
  Pick<PluginServices, 'logger' | 'tasks'>;
export type ServicesFactory = (facts: GenerationFacts) => Promise<PluginServices>;

export interface ServicesParts {
  readonly logger: Logger;
  /** The host's data folder, absolute; plugins get `plugins/<key>` under it. */
  readonly data: string;
  readonly channels: Channels;
  readonly publicUrl: string | undefined;
  /** Durable tasks of a plugin, as the inbox has them; without it nothing can be enqueued. */
  readonly tasksOf?: ((key: PluginKey, declared: () => readonly Task[]) => Tasks) | undefined;
  /** @throws plugin/ambiguous-config, plugin/config-unreadable, plugin/invalid-config */
  configOf(
    key: PluginKey,
    declared: DeclaredConfig | undefined,
    actor: Actor,
  ): Awaitable<Readonly<Record<string, unknown>>>;
  /** Secrets of a plugin; without it there are none. @throws secrets/ambiguous-variable, secrets/unreadable-file */
  readonly secretsOf?: ((key: PluginKey) => PluginSecrets) | undefined;
  /** Requests of one generation to elsewhere; without it none can be sent. */
  readonly outgoingOf?: ((facts: OutgoingFacts) => Outgoing) | undefined;
  /** Without it no sender is known to plugins that verify by hand. */
  readonly signatures?: SignatureSchemes | undefined;
  /** Without it addresses carry no token. */
  readonly addresses?: Pick<SignedAddresses, 'tokenAt'> | undefined;
}

const unavailable = () => Promise.reject(new HostError('inbox/unavailable', []));
const NO_TASKS: Tasks = { enqueue: unavailable, signal: unavailable };
const NO_SIGNATURES: SignatureSchemes = { ids: [], verify: () => false };
const NO_SECRETS: PluginSecrets = { get: () => undefined, set: unavailable };

const closed = () => Promise.reject(new HostError('outgoing/closed', []));
const NO_OUTGOING: Outgoing = {
  http: { request: closed, get: closed, post: closed, webhook: closed },
  deliverWebhook: closed,
};

/** Makes the services of one generation; the plugin's data folder exists when it resolves. */
export function servicesFactory(parts: ServicesParts): ServicesFactory {
  return async (facts) => {
    const { key, info, signal, released, spawn, declaredTasks, declaredEndpoints } = facts;
    const dataDir = path.join(parts.data, 'plugins', key);
    await mkdir(dataDir, { recursive: true });
    const base = `${(parts.publicUrl ?? '').replace(/\/+$/, '')}/api/plugin/${key}`;
    const logger = parts.logger.child({ plugin: key });
    const tasks = parts.tasksOf?.(key, declaredTasks) ?? NO_TASKS;
    return {
      key,
      info,
      logger,
      dataDir,
      config: await parts.configOf(key, facts.config, facts.actor),
      secrets: parts.secretsOf?.(key) ?? NO_SECRETS,
      channels: parts.channels,
      signatures: parts.signatures ?? NO_SIGNATURES,
      tasks,
      outgoing: parts.outgoingOf?.({ key, info, logger, tasks, released }) ?? NO_OUTGOING,
      signal,
      spawn,
      webhookUrl(address) {
        const [own = '', ...query] = address.replace(/^\/+/, '').split('?');
        const token = parts.addresses?.tokenAt(key, declaredEndpoints(), `/${own}`);
        const parameters = query.length === 0 ? [] : [query.join('?')];
        if (token !== undefined) parameters.push(`token=${token}`);
        return `${base}/${own}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
      },
    };
  };
}
