import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'winston';
import type { Actor } from '../core/actor';
import type { Endpoint, Task } from '../core/declaration';
import type { DeclaredSecret } from '../core/declared-secrets';
import { HostError } from '../core/errors';
import type { Awaitable } from '../core/exchange';
import type { Tasks } from '../core/job';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { Outgoing } from '../core/ports/outgoing';
import type { DeclaredConfig } from '../core/ports/plugin-config';
import type { PluginSecrets } from '../core/ports/secrets';
import type { SignatureSchemes } from '../core/ports/signature-schemes';
import type { ConfigFollower } from './config-follower';
import { createConfigHolder } from './config-holder';
import type { SignedAddresses } from './signed-addresses';

/** What of the services only the generation itself can give. */
export interface GenerationFacts {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  /** What its code is laid to. */
  readonly actor: Actor;
  /** What it says of its configuration, when it does. */
  readonly config: DeclaredConfig | undefined;
  /** As its dialect documents its addresses; without it they are below its key. */
  readonly addressOf?: ((path: string) => string) | undefined;
  readonly signal: AbortSignal;
  /** Aborts when the generation is let go of: after its leases have drained and its clean-up ran. */
  readonly released: AbortSignal;
  /** What the generation declares; nothing before it was read. */
  declaredTasks(): readonly Task[];
  declaredEndpoints(): readonly Endpoint[];
  /** Those its access names, too; undefined before it was read. */
  declaredSecrets(): readonly DeclaredSecret[] | undefined;
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string;
}
/** Whose requests to elsewhere they are, and how long. */
export type OutgoingFacts = Pick<GenerationFacts, 'key' | 'info' | 'released'> &
  Pick<PluginServices, 'logger' | 'tasks'>;
/** What is known of a generation when its faces are made. */
export type FaceFacts = OutgoingFacts &
  Pick<GenerationFacts, 'actor' | 'signal' | 'declaredSecrets'> &
  Pick<PluginServices, 'dataDir' | 'config' | 'secrets' | 'outgoing' | 'webhookUrl'>;
/** Services that other parts of the host give. */
export type PluginFaces = Pick<PluginServices, FaceName>;
type FaceName = (typeof FACES)[number];
export type ServicesFactory = (facts: GenerationFacts) => Promise<PluginServices>;

export interface ServicesParts {
  readonly logger: Logger;
  /** The host's data folder, absolute; plugins get `plugins/<key>` under it. */
  readonly data: string;
  readonly publicUrl: string | undefined;
  /** Durable tasks of a plugin, as the inbox has them; without it nothing can be enqueued. */
  readonly tasksOf?: ((key: PluginKey, declared: () => readonly Task[]) => Tasks) | undefined;
  /** @throws plugin/ambiguous-config, plugin/config-unreadable, plugin/invalid-config */
  configOf(
    key: PluginKey,
    declared: DeclaredConfig | undefined,
    actor: Actor,
  ): Awaitable<Readonly<Record<string, unknown>>>;
  /** Has `follower` told of what is stored for a plugin; answers how to stop. Without it a generation keeps what it was loaded with. */
  readonly followConfig?: ((key: PluginKey, follower: ConfigFollower) => () => void) | undefined;
  /** Secrets of a plugin; without it there are none. @throws secrets/ambiguous-variable, secrets/unreadable-file */
  readonly secretsOf?:
    ((key: PluginKey, declared: GenerationFacts['declaredSecrets']) => PluginSecrets) | undefined;
  /** Requests of one generation to elsewhere; without it none can be sent. */
  readonly outgoingOf?: ((facts: OutgoingFacts) => Outgoing) | undefined;
  /** Without it no sender is known to plugins that verify by hand. */
  readonly signatures?: SignatureSchemes | undefined;
  /** What other parts of the host give each plugin; what is left out raises plugin/not-available when it is used. */
  readonly facesOf?: ((facts: FaceFacts) => Partial<PluginFaces>) | undefined;
  /** Without it addresses carry no token. */
  readonly addresses?: Pick<SignedAddresses, 'tokenAt'> | undefined;
}

const FACES = [
  'message',
  'store',
  'cache',
  'sql',
  'events',
  'extensions',
  'agent',
  'mail',
  'env',
  'asUser',
] as const;

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
    const { key, info, signal, released, spawn } = facts;
    const { declaredTasks, declaredEndpoints, declaredSecrets } = facts;
    const dataDir = path.join(parts.data, 'plugins', key);
    await mkdir(dataDir, { recursive: true });
    const origin = (parts.publicUrl ?? '').replace(/\/+$/, '');
    const { addressOf = (below: string) => `/api/plugin/${key}${below}` } = facts;
    const logger = parts.logger.child({ plugin: key });
    const tasks = parts.tasksOf?.(key, declaredTasks) ?? NO_TASKS;
    const webhookUrl = (address: string): string => {
      const [own = '', ...query] = address.replace(/^\/+/, '').split('?');
      const token = parts.addresses?.tokenAt(key, declaredEndpoints(), `/${own}`);
      const parameters = query.length === 0 ? [] : [query.join('?')];
      if (token !== undefined) parameters.push(`token=${token}`);
      return `${origin}${addressOf(`/${own}`)}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
    };
    const config = await createConfigHolder(facts, parts, logger);
    const own = {
      key,
      info,
      logger,
      dataDir,
      get config() {
        return config.values;
      },
      configChanges: config.changes,
      secrets: parts.secretsOf?.(key, declaredSecrets) ?? NO_SECRETS,
      signatures: parts.signatures ?? NO_SIGNATURES,
      tasks,
      outgoing: parts.outgoingOf?.({ key, info, logger, tasks, released }) ?? NO_OUTGOING,
      signal,
      spawn,
      webhookUrl,
    };
    // Not copied: its configuration may change.
    const known = { released, actor: facts.actor, declaredSecrets };
    Object.defineProperties(known, Object.getOwnPropertyDescriptors(own));
    return withFaces(own, parts.facesOf?.(known as FaceFacts) ?? {});
  };
}

/** The services of a generation, those that no part of this host gives raising plugin/not-available when they are touched. */
function withFaces(own: Omit<PluginServices, FaceName>, faces: Partial<PluginFaces>): PluginServices {
  const services = Object.defineProperties({}, Object.getOwnPropertyDescriptors(own)) as PluginServices;
  for (const name of FACES) {
    const get = () => {
      const face = faces[name];
      if (face === undefined)
        throw new HostError('plugin/not-available', [own.key, name, 'this host has none']);
      return face;
    };
    Object.defineProperty(services, name, { get, enumerable: true });
  }
  return services;
}
