import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'winston';
import type { Awaitable } from '../core/exchange';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import type { Channels } from '../core/ports/channels';

/** What of the services only the generation itself can give. */
export interface GenerationFacts {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly signal: AbortSignal;
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string;
}
export type ServicesFactory = (facts: GenerationFacts) => Promise<PluginServices>;

export interface ServicesParts {
  readonly logger: Logger;
  /** The host's data folder, absolute; plugins get `plugins/<key>` under it. */
  readonly data: string;
  readonly channels: Channels;
  readonly publicUrl: string | undefined;
  /** @throws plugin/ambiguous-config */
  configOf(key: PluginKey): Readonly<Record<string, unknown>>;
}

/** Makes the services of one generation; the plugin's data folder exists when it resolves. */
export function servicesFactory(parts: ServicesParts): ServicesFactory {
  return async ({ key, info, signal, spawn }) => {
    const dataDir = path.join(parts.data, 'plugins', key);
    await mkdir(dataDir, { recursive: true });
    const base = `${(parts.publicUrl ?? '').replace(/\/+$/, '')}/api/plugin/${key}`;
    return {
      key,
      info,
      logger: parts.logger.child({ plugin: key }),
      dataDir,
      config: parts.configOf(key),
      channels: parts.channels,
      signal,
      spawn,
      webhookUrl: (address) => `${base}/${address.replace(/^\/+/, '')}`,
    };
  };
}
