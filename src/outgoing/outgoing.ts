import type { Logger } from 'winston';
import type { Clock } from '../core/clock';
import type { HostError } from '../core/errors';
import type { Tasks } from '../core/job';
import { networkList } from '../core/network';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { Outgoing, OutgoingOptions } from '../core/ports/outgoing';
import type { Secrets } from '../core/ports/secrets';
import type { OutgoingSettings } from '../core/settings';
import { hostOf, type DestinationRules } from './destination';
import type { Resolve } from './guarded-agent';
import { HttpClient } from './http-client';
import { readCall } from './outgoing-call';
import { Webhooks } from './webhooks';

export interface OutgoingParts {
  /** Of the host. */
  readonly settings: OutgoingSettings;
  /** What the operator says of one plugin; it replaces what the host says, name by name. */
  readonly settingsOf: (key: PluginKey) => Partial<OutgoingSettings> | undefined;
  readonly secrets: Pick<Secrets, 'live'>;
  readonly clock: Clock;
  /** Default: as the system does it. */
  readonly resolve?: Resolve | undefined;
  /** Certificate authorities (PEM) instead of Node's own. */
  readonly authorities?: readonly string[] | undefined;
}

/** One generation of a plugin. */
export interface OutgoingFacts {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly logger: Logger;
  readonly tasks: Tasks;
  /** Aborts when the generation is let go of; its requests end then. */
  readonly released: AbortSignal;
}

/** Refusals that are logged by one generation, once for each text: addresses may come from callers. */
const MOST_LOGGED = 100;

/**
 * Makes what plugins send requests with. A host must be allowed by its author and by the operator, where they say
 * anything.
 */
export function createOutgoing(parts: OutgoingParts): (facts: OutgoingFacts) => Outgoing {
  const { secrets, clock, resolve, authorities } = parts;
  return ({ key, info, logger, tasks, released }) => {
    const client = new HttpClient({
      rules: rulesOf(parts, key, info),
      resolve,
      authorities,
      refused: refusalLog(logger),
    });
    const close = () => void client.close().catch(() => undefined);
    if (released.aborted) close();
    else released.addEventListener('abort', close, { once: true });
    const liveSecrets = (name: string) => secrets.live(key, name, clock.now()).map(({ value }) => value);
    const webhooks = new Webhooks({ key, client, tasks, liveSecrets, clock });
    const send = async (url: unknown, options: OutgoingOptions | undefined, method?: string) =>
      client.send(readCall(url, method === undefined ? options : { ...options, method }));
    return {
      http: {
        request: (url, options) => send(url, options),
        get: (url, options) => send(url, options, 'GET'),
        post: (url, options) => send(url, options, 'POST'),
        webhook: (webhook, options) => webhooks.store(webhook, options),
      },
      deliverWebhook: (payload, job, retry) => webhooks.deliver(payload, job, retry),
    };
  };
}

function rulesOf(
  { settings, settingsOf }: OutgoingParts,
  key: PluginKey,
  info: PluginInfo,
): DestinationRules {
  const own = settingsOf(key) ?? {};
  const allow = own.allow ?? settings.allow;
  const allowPrivate = own.allowPrivate ?? settings.allowPrivate;
  return {
    lists: [allow, info.allowHosts].filter((list) => list !== undefined).map((list) => list.map(hostOf)),
    isPermitted: networkList(allowPrivate),
    allowHttp: own.allowHttp ?? settings.allowHttp,
  };
}

function refusalLog(logger: Logger): (refusal: HostError) => void {
  const logged = new Set<string>();
  return ({ message }) => {
    if (logged.has(message) || logged.size >= MOST_LOGGED) return;
    logged.add(message);
    logger.warn(message);
  };
}
