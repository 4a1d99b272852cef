import { HostError } from '../../core/errors';
import { toVariable, variablePrefix } from '../../core/plugin-variables';
import type { PluginServices } from '../../core/plugin-services';
import type { PluginSecrets } from '../../core/ports/secrets';
import type { Extensions } from '../../core/tool-call';

/**
 * `ctx.config`: what the operator set, by the name given or as a variable of the environment spells it. What is not there is looked for
 * among the secrets of the extension, by the same name.
 */
export interface ContextConfig {
  get<T = string>(name: string, fallback?: T): Promise<T | undefined>;
  /** @throws compat/no-config (503) when there is no value, or an empty one: what it protects stays closed */
  require<T = string>(name: string): Promise<T>;
}

export function contextConfig({
  key,
  config,
  secrets,
}: Pick<PluginServices, 'key' | 'config' | 'secrets'>): ContextConfig {
  const valueOf = (name: string): unknown =>
    [name, String(name).toUpperCase(), toVariable(String(name))]
      .filter((one) => Object.hasOwn(config, one))
      .map((one) => config[one])
      .find((value) => value !== undefined && value !== null) ?? secrets.get(String(name));
  return {
    get: async <T>(name: string, fallback?: T) => (valueOf(name) ?? fallback) as T | undefined,
    require: async <T>(name: string) => {
      const value = valueOf(name);
      if (value === undefined || value === null || value === '')
        throw new HostError('compat/no-config', [
          ...([key, String(name)] as const),
          variablePrefix('CONFIG', key) + toVariable(String(name)),
        ]);
      return value as T;
    },
  };
}

/** `ctx.secrets`: credentials, sealed where they are stored. */
export interface ContextSecrets {
  get(name: string): Promise<string | undefined>;
  /** @throws as `PluginSecrets.set`; where its declaration lets only people write it */
  set(name: string, value: string): Promise<void>;
}

/**
 * Secrets of one user. What has no value of the user's own is the one that the operator gave the whole extension, but for
 * secrets that the extension itself writes (`write_mode: 'extension'`): those are each user's own.
 */
export function userSecrets(
  own: () => PluginSecrets,
  shared: () => PluginSecrets,
  isShared: (name: string) => boolean,
): ContextSecrets {
  return {
    get: async (name) => own().get(name) ?? (isShared(name) ? shared().get(name) : undefined),
    set: async (name, value) => own().set(name, value),
  };
}

export function ownSecrets(secrets: PluginSecrets): ContextSecrets {
  return { get: async (name) => secrets.get(name), set: async (name, value) => secrets.set(name, value) };
}

/** `ctx.extensions`: tools of other plugins, by key, or of another extension by its id alone. Rejects as `Extensions` does. */
export interface ContextExtensions {
  call<Output = unknown>(
    app: string,
    name: string,
    input?: unknown,
    options?: { readonly timeoutMs?: number; readonly signal?: AbortSignal },
  ): Promise<Output>;
}

export function contextExtensions(extensions: Extensions, author: string): ContextExtensions {
  // Which tools there are is known to those who write types for them; handlers of this dialect name them freely.
  const call = extensions.call.bind(extensions) as ContextExtensions['call'];
  return {
    call: (app, name, input, options) =>
      call(app.includes('.') ? app : `${author}.${app.replaceAll('-', '_')}`, name, input, options),
  };
}

export type LogLevel = 'debug' | 'info' | 'warning' | 'warn' | 'error' | 'critical';
/** `ctx.log(message, { level })`; the level default `info`. Resolves at once. */
export type ContextLog = (
  message: unknown,
  options?: LogLevel | { readonly level?: LogLevel },
) => Promise<void>;

const LEVELS: Readonly<Record<string, string>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  warn: 'warn',
  error: 'error',
  critical: 'error',
};

export function contextLog(logger: Pick<PluginServices['logger'], 'log'>): ContextLog {
  return async (message, options) => {
    const level = typeof options === 'string' ? options : options?.level;
    logger.log(LEVELS[level ?? 'info'] ?? 'info', String(message));
  };
}
