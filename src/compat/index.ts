export { withCompat } from './authoring';
export { ActionResult } from './ext-webhook/action-result';
export {
  ChatExtension,
  type ActionType,
  type ChatExtensionOptions,
  type ChatFunction,
  type ChatFunctionOptions,
} from './ext-webhook/chat-extension';
export {
  Extension,
  type ExtensionOptions,
  type ExtensionSchedule,
  type ExtensionSecret,
  type ExtensionWebhook,
  type ScheduledFunction,
  type WebhookOptions,
} from './ext-webhook/extension';
export { SkeletonAccessForbidden, type ExtensionContext } from './ext-webhook/extension-context';
export {
  eventRoutes,
  type EventRoutes,
  type EventRoutesOptions,
  type RouteHandler,
  type RouteSchedule,
} from './event-routes/event-routes';
export type { RouteContext, TickContext } from './event-routes/route-context';
export { HTTPException, type HttpException, type HttpExceptionParts } from './http-exception';
export type { ChatContext } from './chat-context';
export { createLegacyLayer, type LegacyLayerOptions } from './legacy-layer';
export { createCompatModule, type CompatModule } from './old-modules';
export { context, core, message, timer } from './unbound-modules';
export { verifyAndParse, WebhookSignatureVerificationError } from './verify-and-parse';
export { WebhookMethod } from './webhook-method/decorator';
export type { WebhookHandler, WebhookHandlers, WebhookMethodOptions } from './webhook-method/endpoints';
export type { LegacyHeaders } from './webhook-method/legacy-headers';
export type { LegacyRequest } from './webhook-method/legacy-request';
export { withWebhookMethods, type WebhookMethods } from './webhook-method/mixin';
