import { withCompat } from './compat'; // compat
import { PluginBase } from './plugins/plugin';

export { WebhookMethod } from './compat'; // compat
export type { LegacyRequest, WebhookHandler, WebhookMethodOptions } from './compat'; // compat

/** A plugin, function style: construct it, declare on it at module level, export it as `plugin`. */
export class Plugin extends withCompat(PluginBase) {} // compat
// without compat: export class Plugin extends PluginBase {}

export { HttpError } from './core/http-error';
export { reply, type Reply, type ReplyHeaders } from './core/reply';
export type { Access, BodyPolicy, FieldRule, FileRule } from './core/declaration';
export type { Exchange, Method, RequestHeaders, UploadedFile, UploadedFiles, Values } from './core/exchange';
export type { PluginInfo } from './core/plugin-info';
export type { PluginKey } from './core/plugin-key';
export type { Scope } from './core/scope';
export {
  Delete,
  Endpoint,
  GatePlugin,
  Get,
  MountRouter,
  OnCleanup,
  OnDisabled,
  OnEnabled,
  OnInit,
  Patch,
  Post,
  Put,
  Task,
} from './plugins/decorators';
export type { EndpointDefinition, EndpointOptions, ExchangeAt, Handler, Params } from './plugins/endpoint';
export type { TaskOptions } from './plugins/task';
export { ChatContext, Config, Logger, Message, PluginDetails } from './plugins/tokens';
