import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'winston';
import type { Task } from '../core/declaration';
import { HostError } from '../core/errors';
import type { Awaitable } from '../core/exchange';
import type { Tasks } from '../core/job';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { Channels } from '../core/ports/channels';
import type { PluginSecrets } from '../core/ports/secrets';

/** What of the services only the generation itself can give. */
export interface GenerationFacts {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly signal: AbortSignal;
  /** What the generation declares; nothing before it was read. */
  declaredTasks(): readonly Task[];
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string;
}
export type ServicesFactory = (facts: GenerationFacts) => Promise<PluginServices>;

export interface ServicesParts {
  readonly logger: Logger;
  /** The host's data folder, absolute; plugins get `plugins/<key>` under it. */
  readonly data: string;
  readonly channels: Channels;
  readonly publicUrl: string | undefined;
  /** Durable tasks of a plugin, as the inbox has them; without it nothing can be enqueued. */
  readonly tasksOf?: ((key: PluginKey, declared: () => readonly Task[]) => Tasks) | undefined;
  /** @throws plugin/ambiguous-config */
  configOf(key: PluginKey): Readonly<Record<string, unknown>>;
  /** Secrets of a plugin; without it there are none. @throws secrets/ambiguous-variable, secrets/unreadable-file */
  readonly secretsOf?: ((key: PluginKey) => PluginSecrets) | undefined;
}

const unavailable = () => Promise.reject(new HostError('inbox/unavailable', []));
const NO_TASKS: Tasks = { enqueue: unavailable, signal: unavailable };
const NO_SECRETS: PluginSecrets = { get: () => undefined, set: unavailable };

/** Makes the services of one generation; the plugin's data folder exists when it resolves. */
export function servicesFactory(parts: ServicesParts): ServicesFactory {
  return async ({ key, info, signal, spawn, declaredTasks }) => {
    const dataDir = path.join(parts.data, 'plugins', key);
    await mkdir(dataDir, { recursive: true });
    const base = `${(parts.publicUrl ?? '').replace(/\/+$/, '')}/api/plugin/${key}`;
    return {
      key,
      info,
      logger: parts.logger.child({ plugin: key }),
      dataDir,
      config: parts.configOf(key),
      secrets: parts.secretsOf?.(key) ?? NO_SECRETS,
      channels: parts.channels,
      tasks: parts.tasksOf?.(key, declaredTasks) ?? NO_TASKS,
      signal,
      spawn,
      webhookUrl: (address) => `${base}/${address.replace(/^\/+/, '')}`,
    };
  };
}
