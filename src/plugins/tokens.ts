import type { Agent } from '../core/agent-run';
import type { DocumentStore } from '../core/documents';
import type { Events as EventsPort } from '../core/event';
import type { Awaitable } from '../core/exchange';
import type { EnqueueOptions, Enqueued, Job } from '../core/job';
import type { Attachment, Messages, PushOptions, SentMessage } from '../core/messages';
import type { PluginInfo } from '../core/plugin-info';
import type { PluginKey } from '../core/plugin-key';
import type { Cache as CachePort } from '../core/ports/cache';
import type { Mail as MailPort } from '../core/ports/mail';
import type { OutgoingHttp } from '../core/ports/outgoing';
import type { PluginSql } from '../core/ports/plugin-sql';
import type { Extensions as ExtensionsPort } from '../core/tool-call';
import type { UserServices } from '../core/user-services';

// What a plugin class may ask for in its constructor. Abstract classes, because a parameter's type must still exist
// at run time; import them with `import { Logger }`, never `import type`.

type LogLine = (message: string, ...details: unknown[]) => unknown;

/** The plugin's winston logger; every line carries the plugin's key. */
export abstract class Logger {
  abstract readonly error: LogLine;
  abstract readonly warn: LogLine;
  abstract readonly info: LogLine;
  abstract readonly debug: LogLine;
  abstract child(fields: object): Logger;
}

/** Who the plugin is, its own folder, and its work in the background. */
export abstract class PluginDetails {
  abstract readonly key: PluginKey;
  abstract readonly info: PluginInfo;
  /** The plugin's own folder; it exists. */
  abstract readonly dataDir: string;
  /** Aborts when this generation begins to retire. */
  abstract readonly signal: AbortSignal;
  /** Tracked in-process work; see `Exchange.background`. Returns its id. */
  abstract spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string;
  /** The public address of a path of this plugin. */
  abstract webhookUrl(path: string): string;
  /** Secrets and values of the configuration by name, as text; read-only. */
  abstract readonly env: Readonly<Record<string, string | undefined>>;
  /** The services in the name of one user; in a task, give its job: they commit with it. @throws users/bad-id */
  abstract asUser(userId: string, job?: Pick<Job, 'store' | 'message'>): UserServices;
}

/** Sends to chats, durably. `chatKey` is `<adapter>-<channel>`; each rejects with channel/invalid-key when it is not. */
export abstract class Message implements Messages {
  abstract sendText(chatKey: string, text: string, context?: unknown): Promise<SentMessage>;
  abstract sendFile(chatKey: string, file: Attachment, context?: unknown): Promise<SentMessage>;
  abstract sendImage(chatKey: string, image: Attachment, context?: unknown): Promise<SentMessage>;
  /** Tells the agent something the chat's users do not see. */
  abstract pushSystem(chatKey: string, text: string, options?: PushOptions): Promise<SentMessage>;
}

/** A chat to send to without naming it each time. */
export interface TemporaryContext {
  readonly chatKey: string;
  sendText(text: string): Promise<SentMessage>;
  sendFile(file: Attachment): Promise<SentMessage>;
  sendImage(image: Attachment): Promise<SentMessage>;
  pushSystem(text: string, options?: PushOptions): Promise<SentMessage>;
}

export abstract class ChatContext {
  /** @throws channel/invalid-key unless `chatKey` is `<adapter>-<channel>` */
  abstract createTempCtx(chatKey: string): TemporaryContext;
}

/** Durable work: what is enqueued survives the process. */
export abstract class Tasks {
  /**
   * Resolves once the job is committed. `payload` is stored as JSON.
   * @throws inbox/unavailable (503), inbox/unknown-task, inbox/bad-payload, inbox/invalid-payload
   */
  abstract enqueue(task: string, payload?: unknown, options?: EnqueueOptions): Promise<Enqueued>;
  /** Gives a waiting job its value; false when no such job is unfinished. @throws inbox/unavailable */
  abstract signal(jobId: string, name: string, value?: unknown): Promise<boolean>;
}

/** The plugin's own secrets. */
export abstract class Secrets {
  /** The newest live value; undefined when there is none. */
  abstract get(name: string): string | undefined;
  /**
   * Replaces what is stored under the name, on every host; resolves once it is committed.
   * @throws secrets/from-environment (409), secrets/bad-name, secrets/empty-value, secrets/too-large, inbox/unavailable (503)
   */
  abstract set(name: string, value: string): Promise<void>;
}

/** Requests to elsewhere: https to public addresses, unless the operator allows more. */
export abstract class Http implements OutgoingHttp {
  abstract readonly request: OutgoingHttp['request'];
  abstract readonly get: OutgoingHttp['get'];
  abstract readonly post: OutgoingHttp['post'];
  abstract readonly webhook: OutgoingHttp['webhook'];
}

/** The values alone. */
export type ConfigValues = Readonly<Record<string, Config[string]>>;

/** The plugin's values from the environment and the settings file; a name nobody set is undefined. */
export abstract class Config {
  // Whatever schema there is, it is not known to the type of a constructor's parameter; authors narrow values.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly [name: string]: any;
  /** The value of a field; one that no schema declares is found by the name of its variable too: `token` is `TOKEN`. */
  abstract get(name: string): Config[string];
  /** As `get`, but there is one, and it is not blank. @throws plugin/config-missing naming the variable to set */
  abstract require(name: string): Config[string];
}

/** Documents of this plugin; in a task `job.store` is the one that commits with the job. */
export abstract class Store implements DocumentStore {
  abstract readonly create: DocumentStore['create'];
  abstract readonly get: DocumentStore['get'];
  abstract readonly update: DocumentStore['update'];
  abstract readonly delete: DocumentStore['delete'];
  abstract readonly list: DocumentStore['list'];
  abstract readonly query: DocumentStore['query'];
  abstract readonly user: DocumentStore['user'];
  abstract readonly channel: DocumentStore['channel'];
}

/** Values that may be forgotten, shared by all hosts of the database. */
export abstract class Cache implements CachePort {
  abstract readonly get: CachePort['get'];
  abstract readonly set: CachePort['set'];
  abstract readonly delete: CachePort['delete'];
  abstract readonly remember: CachePort['remember'];
}

/** The plugin's own database. */
export abstract class Sql implements PluginSql {
  abstract readonly dialect: PluginSql['dialect'];
  abstract readonly query: PluginSql['query'];
  abstract readonly migrate: PluginSql['migrate'];
}

/** Tells whoever listens, durably. */
export abstract class Events implements EventsPort {
  abstract readonly emit: EventsPort['emit'];
  abstract readonly publish: EventsPort['publish'];
}

/** Tools of other plugins. */
export abstract class Extensions implements ExtensionsPort {
  abstract readonly call: ExtensionsPort['call'];
}

/** Work for the agent. */
export abstract class AgentRuns implements Agent {
  abstract readonly run: Agent['run'];
}

/** Mail by SMTP, where the operator has configured a server. */
export abstract class Mail implements MailPort {
  abstract readonly send: MailPort['send'];
}
