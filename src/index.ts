import { withCompat } from './compat'; // compat
import { PluginBase } from './plugins/plugin';

export { WebhookMethod } from './compat'; // compat
export type { LegacyRequest, WebhookHandler, WebhookMethodOptions } from './compat'; // compat

/** A plugin, function style: construct it, declare on it at module level, export it as `plugin`. */
export class Plugin extends withCompat(PluginBase) {} // compat
// without compat: export class Plugin extends PluginBase {}

export { digest, timingSafeEqual, verifyHmac, type ByHand } from './core/by-hand';
export { HttpError } from './core/http-error';
export { Conflict, GiveUp, RetryAfter } from './core/job';
export type { Enqueued, EnqueueOptions, Job } from './core/job';
export type {
  DocumentPage,
  DocumentQuery,
  DocumentStore,
  FieldCondition,
  FieldValue,
  StoredDocument,
} from './core/documents';
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
  ScopeAccess,
  SignatureAccess,
  SignedUrlAccess,
  TokenAccess,
} from './core/access';
export type {
  Answer,
  BodyPolicy,
  FieldRule,
  FileRule,
  Rate,
  Verified,
  VerifiedCaller,
} from './core/declaration';
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
export type { Agent, AgentRunRequest, AgentRunStarted, RunBudget } from './core/agent-run';
export type { CloudEvent, Emitted, EmitOptions } from './core/event';
// As a whole, or a declaration of `gatehouse` in somebody else's module would not merge with it.
export * from './core/known-tools';
export type { Attachment, Messages, PushOptions, SentMessage } from './core/messages';
export type { MailMessage } from './core/ports/mail';
export type { SqlRows } from './core/ports/plugin-sql';
export type { ToolCaller, ToolContext } from './core/tool-call';
export type { UserServices } from './core/user-services';
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
  ConfigSchema,
  Endpoint,
  GatePlugin,
  Get,
  MountRouter,
  OnCleanup,
  OnConfigChanged,
  OnDisabled,
  OnEnabled,
  OnError,
  OnEvent,
  OnInit,
  Patch,
  Post,
  Put,
  Schedule,
  Secret,
  SendsWebhooks,
  Socket,
  Task,
  Tool,
} from './plugins/decorators';
export { createRouter, type ApiRouter, type ApiRouterOptions } from './plugins/api-router';
export type { CloudEventsOptions, HandleCloudEvent } from './plugins/cloud-events';
export type { ConfigMethods, ConfigReader } from './plugins/config-reader';
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
export type { HandleEvent, ListenerOptions } from './plugins/event-listener';
export type { ScheduleOptions } from './plugins/schedule';
export type { SecretOptions } from './plugins/secret';
export type { SendsWebhooksOptions } from './plugins/sends-webhooks';
export type { HandshakeAt, SocketOptions } from './plugins/socket';
export type { StaticOptions } from './plugins/static-files';
export type { RunTask, TaskOptions } from './plugins/task';
export {
  AgentRuns,
  Cache,
  ChatContext,
  Config,
  Events,
  Extensions,
  Http,
  Logger,
  Mail,
  Message,
  PluginDetails,
  Secrets,
  Sql,
  Store,
  Tasks,
} from './plugins/tokens';
export type { CallTool, ToolOptions } from './plugins/tool';
export { hmac, sharedSecret, type HmacOptions, type SharedSecretOptions } from './signatures/parametric-rows';
/** zod 4, the host's own copy: schemas of plugins are best made with it. */
export { z } from 'zod';
