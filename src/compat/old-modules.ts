import type { Logger } from 'winston';
import type { Attachment, SentMessage } from '../core/messages';
import { ChatContext, type ChatParts, type FileParts, type ServicesSource } from './chat-context';
import { eventRoutes } from './event-routes/event-routes';
import { ActionResult } from './ext-webhook/action-result';
import { ChatExtension } from './ext-webhook/chat-extension';
import { Extension } from './ext-webhook/extension';
import { SkeletonAccessForbidden } from './ext-webhook/extension-context';
import { HTTPException, type HttpExceptionConstructor } from './http-exception';
import { notServed, oldMessages, oldTimers, type NotServed } from './not-served';
import { verifyAndParse, WebhookSignatureVerificationError } from './verify-and-parse';
import { WebhookMethod } from './webhook-method/decorator';
import { withWebhookMethods } from './webhook-method/mixin';

type Write = (message: unknown, meta?: unknown) => void;

/** The old system's `core`: its logger writes as the calling plugin. */
export interface OldCore {
  readonly logger: Readonly<
    Record<'debug' | 'info' | 'success' | 'warn' | 'warning' | 'error' | 'exception' | 'critical', Write>
  >;
}
/** `(chatKey, text)`; the context given third is accepted and ignored. */
type Send = (chatKey: string, text: string, ...ignored: unknown[]) => Promise<SentMessage>;
/** `(chatKey, file)`; the context given third is accepted and ignored. */
type SendFile = (chatKey: string, file: Attachment, ...ignored: unknown[]) => Promise<SentMessage>;
/** The old system's `message`. */
export interface OldMessage extends NotServed<keyof typeof oldMessages> {
  readonly sendText: Send;
  /** @deprecated `sendText` */
  readonly send_text: Send;
  readonly sendFile: SendFile;
  /** @deprecated `sendFile` */
  readonly send_file: SendFile;
  readonly sendImage: SendFile;
  /** @deprecated `sendImage` */
  readonly send_image: SendFile;
  /** `true` after the context, or `{ trigger_agent: true }`, starts a run of the agent. */
  readonly pushSystem: Send;
  /** @deprecated `pushSystem` */
  readonly push_system: Send;
}
type MakeContext = (chatKey: string) => Promise<ChatContext>;
/** The old system's `context`: agent contexts bound to a chat. Rejects with channel/invalid-key. */
export interface OldContext {
  readonly createTempCtx: MakeContext;
  /** @deprecated `createTempCtx` */
  readonly create_temp_ctx: MakeContext;
  readonly createByChatKey: MakeContext;
  /** @deprecated `createByChatKey` */
  readonly create_by_chat_key: MakeContext;
}

/** What `gatehouse/compat` exports. */
export interface CompatModule {
  readonly core: OldCore;
  readonly message: OldMessage;
  readonly context: OldContext;
  readonly timer: NotServed<keyof typeof oldTimers>;
  readonly HTTPException: HttpExceptionConstructor;
  readonly verifyAndParse: typeof verifyAndParse;
  readonly WebhookSignatureVerificationError: typeof WebhookSignatureVerificationError;
  readonly WebhookMethod: typeof WebhookMethod;
  readonly eventRoutes: typeof eventRoutes;
  readonly Extension: typeof Extension;
  readonly ChatExtension: typeof ChatExtension;
  readonly ActionResult: typeof ActionResult;
  readonly SkeletonAccessForbidden: typeof SkeletonAccessForbidden;
  readonly withWebhookMethods: typeof withWebhookMethods;
}

/**
 * The module `gatehouse/compat` for one generation of one plugin: its names act as that plugin. `services` is called
 * at each use and may throw plugin/not-bound until the host has bound the generation.
 */
export function createCompatModule(services: ServicesSource): CompatModule {
  return {
    core: { logger: logger((what) => services(what).logger) },
    message: messages(services),
    context: contexts(services),
    timer: notServed('timer', oldTimers),
    HTTPException,
    verifyAndParse,
    WebhookSignatureVerificationError,
    WebhookMethod,
    eventRoutes,
    Extension,
    ChatExtension,
    ActionResult,
    SkeletonAccessForbidden,
    withWebhookMethods,
  };
}

/** The old logger's levels on winston's; `exception` adds nothing: pass the error as `meta`. */
function logger(source: (what: string) => Logger): OldCore['logger'] {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Write =>
    (message, meta) =>
      void source('logger').log(level, String(message), meta);
  return {
    debug: at('debug'),
    info: at('info'),
    success: at('info'),
    warn: at('warn'),
    warning: at('warn'),
    error: at('error'),
    exception: at('error'),
    critical: at('error'),
  };
}

function messages(services: ServicesSource): OldMessage {
  const unbound = new ChatContext(services, undefined);
  const sendText: Send = (...parts) => unbound.sendText(...(parts as ChatParts));
  const sendFile: SendFile = (...parts) => unbound.sendFile(...(parts as FileParts));
  const sendImage: SendFile = (...parts) => unbound.sendImage(...(parts as FileParts));
  const pushSystem: Send = (...parts) => unbound.pushSystem(...(parts as ChatParts));
  return {
    ...notServed('message', oldMessages),
    sendText,
    send_text: sendText,
    sendFile,
    send_file: sendFile,
    sendImage,
    send_image: sendImage,
    pushSystem,
    push_system: pushSystem,
  };
}

function contexts(services: ServicesSource): OldContext {
  const make: MakeContext = async (chatKey) => {
    services('context');
    return new ChatContext(services, String(chatKey));
  };
  return { createTempCtx: make, create_temp_ctx: make, createByChatKey: make, create_by_chat_key: make };
}
