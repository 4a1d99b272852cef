import { byHand, type ByHand } from '../../core/by-hand';
import type { DocumentStore } from '../../core/documents';
import { HostError } from '../../core/errors';
import type { Job } from '../../core/job';
import type { SentMessage } from '../../core/messages';
import type { PluginServices } from '../../core/plugin-services';
import type { Cache } from '../../core/ports/cache';
import type { Extensions } from '../../core/tool-call';
import { contextHttp, type ContextHttp } from './context-http';
import {
  contextConfig,
  contextExtensions,
  contextLog,
  ownSecrets,
  userSecrets,
  type ContextConfig,
  type ContextExtensions,
  type ContextLog,
  type ContextSecrets,
} from './context-values';

/** Who acts in webhooks: no person. */
export const WEBHOOK_USER = '__webhook__';

/** In whose name the code of an extension runs, and on what. */
export interface Standing {
  /** `user`: what `as_user` gave. */
  readonly kind: 'webhook' | 'function' | 'schedule' | 'user';
  readonly userId: string;
  readonly services: PluginServices;
  /** What is written to the store is committed with its success. */
  readonly job: Job | undefined;
  /** Whether the operator's value of a secret stands in for a user's own. */
  readonly isShared: (name: string) => boolean;
  /** Of a webhook, the body as it came. */
  readonly rawBody?: Buffer | undefined;
  readonly progress?: Progress | undefined;
  /** Of a function: what it calls is in the course of its own call. */
  readonly extensions?: Extensions | undefined;
}
/** How far the work is, in per cent. */
export type Progress = (percent: number, note?: string) => void;
type Notify = (text: string) => Promise<SentMessage>;

const NO_USER = 'a webhook has no user to tell; ctx.as_user(userId).notify(text) tells one';
/** What no context of this host has. */
const NOWHERE = {
  ai: 'the host gives extensions no model; let an agent call a chat.function, or ask an API through ctx.http',
  billing: 'the host bills nobody',
  storage: 'files have no place in a context; keep values in ctx.store, and files elsewhere through ctx.http',
} as const;

/** Access to what belongs to skeleton handlers, which no extension has here. */
export class SkeletonAccessForbidden extends HostError<'plugin/not-available'> {
  constructor(key: string) {
    super('plugin/not-available', [key, 'ctx.skeleton', 'it belongs to skeleton handlers alone']);
    this.name = 'SkeletonAccessForbidden';
  }
}

/**
 * What a handler of an extension is given first. In a webhook `notify` and `progress` are not available, in any context `ai`,
 * `billing`, `storage` and `skeleton` are not: touching one raises plugin/not-available, which says why. Names of more than
 * one word are there in both spellings.
 */
export class ExtensionContext {
  readonly #at: Standing;
  /**
   * Who acts. In a webhook `__webhook__`, of a schedule `__schedule__`; of a function the user whose token calls
   * it, else `__agent__<run or token>`, `__plugin__<key>` or `__operator__`.
   */
  readonly user: { readonly imperal_id: string; readonly imperalId: string };
  /** There is none; null because that is the documented value, which handlers compare with. */
  readonly tenant = null;
  readonly config: ContextConfig;
  /** Requests to elsewhere. */
  readonly http: ContextHttp;
  readonly log: ContextLog;
  /** For verifying by hand. */
  readonly crypto: ByHand = byHand;

  constructor(at: Standing) {
    const { services, job, userId } = at;
    this.#at = at;
    this.user = Object.freeze({ imperal_id: userId, imperalId: userId });
    this.config = contextConfig(services);
    this.http = contextHttp(services.outgoing.http);
    this.log = contextLog(job?.log ?? services.logger);
  }

  /** Documents of the extension; of the user alone where `as_user` gave this context. In a job they commit with it. */
  get store(): DocumentStore {
    const { kind, userId, services, job } = this.#at;
    if (kind === 'user') return services.asUser(userId, job).store;
    return job?.store ?? services.store;
  }
  /** Secrets of the extension and values of its configuration by name, as text; read-only. */
  get env(): PluginServices['env'] {
    return this.#at.services.env;
  }
  /** Values that may be forgotten. */
  get cache(): Cache {
    return this.#at.services.cache;
  }
  /** Of the extension; in webhooks of the user `__webhook__`, and of its user where `as_user` gave this context. */
  get secrets(): ContextSecrets {
    const { kind, userId, services, isShared } = this.#at;
    if (kind === 'function' || kind === 'schedule') return ownSecrets(services.secrets);
    return userSecrets(
      () => services.asUser(userId).secrets,
      () => services.secrets,
      isShared,
    );
  }
  /** Tools of other plugins. */
  get extensions(): ContextExtensions {
    const { services, extensions = services.extensions } = this.#at;
    return contextExtensions(extensions, services.info.author);
  }
  /** Sends to the channel set for the user; in a job, with its success. */
  get notify(): Notify {
    const { kind, userId, services, job } = this.#at;
    if (kind === 'webhook') this.#refuse('notify', NO_USER);
    return (text) => services.asUser(userId, job).notify(String(text));
  }
  get progress(): Progress {
    return this.#at.progress ?? this.#refuse('progress', 'only functions and schedules have any to report');
  }
  /** Of a webhook, the body as it came; the third argument is the same as text. */
  get rawBody(): Buffer {
    return this.#at.rawBody ?? this.#refuse('rawBody', 'only webhooks have a body');
  }
  get raw_body(): Buffer {
    return this.rawBody;
  }

  /** The public address of a webhook of this extension: absolute once `publicUrl` is set. */
  webhookUrl(path: string): string {
    return this.#at.services.webhookUrl(path);
  }
  webhook_url(path: string): string {
    return this.webhookUrl(path);
  }
  /** The same in the name of a user. @throws plugin/not-available when none is named */
  asUser(userId: string): ExtensionContext {
    if (typeof userId !== 'string' || userId === '')
      this.#refuse('as_user', 'no user was named; give the id that was stored when the user connected');
    const { services, job, isShared } = this.#at;
    return new ExtensionContext({ kind: 'user', userId, services, job, isShared });
  }
  as_user(userId: string): ExtensionContext {
    return this.asUser(userId);
  }

  get ai(): never {
    return this.#refuse('ai', NOWHERE.ai);
  }
  get billing(): never {
    return this.#refuse('billing', NOWHERE.billing);
  }
  get storage(): never {
    return this.#refuse('storage', NOWHERE.storage);
  }
  /** @throws SkeletonAccessForbidden */
  get skeleton(): never {
    throw new SkeletonAccessForbidden(this.#at.services.key);
  }

  #refuse(what: string, why: string): never {
    throw new HostError('plugin/not-available', [this.#at.services.key, `ctx.${what}`, why]);
  }
}
