import type { Constructor, Declarer } from '../../core/declaration';
import {
  webhookEndpoints,
  type WebhookHandler,
  type WebhookHandlers,
  type WebhookMethodOptions,
} from './endpoints';

/** What the mixin adds to the authors' `Plugin`. */
export interface WebhookMethods {
  /**
   * Receives requests at the old webhook addresses, and at `/api/plugin/<key>/<endpoint>`.
   * @deprecated `plugin.endpoint` or `plugin.mountRouter`
   * @throws compat/invalid-webhook-method
   */
  mountWebhookMethod(options: WebhookMethodOptions, handler: WebhookHandler | WebhookHandlers): this;
  /** @deprecated `plugin.endpoint` or `plugin.mountRouter` */
  mount_webhook_method(options: WebhookMethodOptions, handler: WebhookHandler | WebhookHandlers): this;
}

/** `Base` with the old system's webhook methods. */
export function withWebhookMethods<B extends Constructor<Declarer>>(
  Base: B,
): B & Constructor<WebhookMethods> {
  abstract class WithWebhookMethods extends Base implements WebhookMethods {
    mountWebhookMethod(options: WebhookMethodOptions, handler: WebhookHandler | WebhookHandlers): this {
      const where = `mountWebhookMethod(${JSON.stringify(options?.endpoint)})`;
      for (const endpoint of webhookEndpoints(this, options, handler, where)) this.declare(endpoint);
      return this;
    }
    mount_webhook_method(options: WebhookMethodOptions, handler: WebhookHandler | WebhookHandlers): this {
      return this.mountWebhookMethod(options, handler);
    }
  }
  return WithWebhookMethods;
}
