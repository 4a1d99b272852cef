import { methodOf, recordMember } from '../../core/class-metadata';
import { webhookEndpoints, type WebhookHandler, type WebhookMethodOptions } from './endpoints';

/**
 * On a method of a plugin class: the method is called as `mountWebhookMethod`'s handler would be.
 * @deprecated `@Endpoint`
 */
export function WebhookMethod(options: WebhookMethodOptions): MethodDecorator {
  return (prototype, name) => {
    recordMember(prototype, (instance, declarer) => {
      const where = `@WebhookMethod(${JSON.stringify(options?.endpoint)}) ${String(name)}`;
      const method = methodOf(instance, name) as WebhookHandler;
      const declared = (instance as Record<string | symbol, unknown>)[name] as WebhookHandler;
      // `methodOf` takes any number of parameters; the handler's own count says whether it wants the data.
      const handler = Object.defineProperty<WebhookHandler>(
        (request, data) => method(request, data),
        'length',
        {
          value: declared.length,
        },
      );
      for (const endpoint of webhookEndpoints(declarer, options, handler, where)) declarer.declare(endpoint);
    });
  };
}
