import type { Task } from '../core/declaration';
import { RETRY_RULES, toRetry, type RetryOptions } from '../core/durable-options';
import { checkOptions, count } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import type { PluginServices } from '../core/plugin-services';
import { WEBHOOK_TASK } from '../core/ports/outgoing';

/** When a webhook that was not taken is sent again. Default: eight attempts over about a day. */
export interface SendsWebhooksOptions extends RetryOptions {
  /** Webhooks sent at once by one host. Default: the host's. */
  readonly concurrency?: number | undefined;
}

/** An attempt ends by itself before. */
const TIMEOUT_MS = 30_000;

/**
 * The task that sends a plugin's webhooks; only plugins that say so have it.
 * @throws mount/invalid listing everything wrong with the options
 */
export function webhooksDeclaration(
  key: PluginKey,
  where: string,
  options: SendsWebhooksOptions,
  services: () => PluginServices,
): Task {
  checkOptions(key, where, options, { ...RETRY_RULES, concurrency: count });
  const retry = toRetry(options);
  const { concurrency } = options;
  return {
    kind: 'task',
    origin: { dialect: 'native', where },
    name: WEBHOOK_TASK,
    retry,
    timeoutMs: TIMEOUT_MS,
    ...(concurrency !== undefined && { concurrency }),
    run: (payload, job) => services().outgoing.deliverWebhook(payload, job, retry),
  };
}
