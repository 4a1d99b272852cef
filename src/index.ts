import { withCompat } from './compat'; // compat
import { PluginBase } from './plugins/plugin';

export { WebhookMethod } from './compat'; // compat
export type { LegacyRequest, WebhookHandler, WebhookMethodOptions } from './compat'; // compat

/** A plugin, function style: construct it, declare on it at module level, export it as `plugin`. */
export class Plugin extends withCompat(PluginBase) {} // compat
// without compat: export class Plugin extends PluginBase {}

export { timingSafeEqual, verifyHmac } from './core/by-hand';
export { HttpError } from './core/http-error';
export { Conflict, GiveUp, RetryAfter } from './core/job';
export type { Enqueued, EnqueueOptions, Job, JobStore, StoredDocument } from './core/job';
export { html, redirect, reply, type Reply, type ReplyHeaders } from './core/reply';
export { file, type FileOptions } from './core/file-body';
export {
  sse,
  type EventsOptions,
  type EventSource,
  type EventsRequest,
  type ServerEvent,
} from './core/events-body';
export type { ServerSocket, SocketEnd, SocketLimits, SocketMessage } from './core/server-socket';
export type {
  AccessMode,
  AllowFromAccess,
  BasicAccess,
  EndpointAccess,
  MessageSignatureAccess,
  SignatureAccess,
  SignedUrlAccess,
  TokenAccess,
} from './core/access';
export type { Answer, BodyPolicy, FieldRule, FileRule, Rate, Verified } from './core/declaration';
export type { DedupeOption, DurableOptions, RetryOptions } from './core/durable-options';
export type {
  EarlyAnswer,
  Exchange,
  Method,
  RequestHeaders,
  UploadedFile,
  UploadedFiles,
  UploadPart,
  UploadProgress,
  Values,
} from './core/exchange';
export type { GateOptions, QuotaOptions } from './core/gate-options';
export type { PluginInfo } from './core/plugin-info';
export type { PluginKey } from './core/plugin-key';
export type {
  OutgoingAnswer,
  OutgoingHttp,
  OutgoingMethod,
  OutgoingOptions,
  OutgoingWebhook,
} from './core/ports/outgoing';
export type { Backoff } from './core/retry';
export type { Scope } from './core/scope';
export type { SignatureRow } from './core/signature-row';
export type { StandardSchema } from './core/standard-schema';
export { ackWithin } from './plugins/ack-within';
export {
  Delete,
  Endpoint,
  GatePlugin,
  Get,
  MountRouter,
  OnCleanup,
  OnDisabled,
  OnEnabled,
  OnError,
  OnInit,
  Patch,
  Post,
  Put,
  Schedule,
  Secret,
  SendsWebhooks,
  Socket,
  Task,
} from './plugins/decorators';
export { createRouter, type ApiRouter, type ApiRouterOptions } from './plugins/api-router';
export type { ConfigReader } from './plugins/config-reader';
export type {
  EndpointDefinition,
  EndpointOptions,
  ExchangeAt,
  ExchangeOf,
  Handler,
  Injected,
  Params,
  Provider,
} from './plugins/endpoint-types';
export type { AnswerError, ErrorClass } from './plugins/error-map';
export { inject } from './plugins/injected';
export { withBody } from './plugins/provided';
export type { ScheduleOptions } from './plugins/schedule';
export type { SecretOptions } from './plugins/secret';
export type { SendsWebhooksOptions } from './plugins/sends-webhooks';
export type { HandshakeAt, SocketOptions } from './plugins/socket';
export type { StaticOptions } from './plugins/static-files';
export type { RunTask, TaskOptions } from './plugins/task';
export { ChatContext, Config, Http, Logger, Message, PluginDetails, Secrets, Tasks } from './plugins/tokens';
export { hmac, sharedSecret, type HmacOptions, type SharedSecretOptions } from './signatures/parametric-rows';
/** zod 4, the host's own copy: schemas of plugins are best made with it. */
export { z } from 'zod';
