import type { Logger } from 'winston';
import type { Agent } from '../core/agent-run';
import { byHand, type ByHand } from '../core/by-hand';
import { Declarer } from '../core/declaration';
import type { DocumentStore } from '../core/documents';
import type { Events } from '../core/event';
import type { Awaitable } from '../core/exchange';
import type { Job, Tasks } from '../core/job';
import type { PluginServices } from '../core/plugin-services';
import type { Cache } from '../core/ports/cache';
import type { Mail } from '../core/ports/mail';
import type { OutgoingHttp } from '../core/ports/outgoing';
import type { PluginSql } from '../core/ports/plugin-sql';
import type { Extensions } from '../core/tool-call';
import type { UserServices } from '../core/user-services';
import type { Secrets } from './tokens';

/** What a plugin has once the host has loaded it; touched before, each raises plugin/not-bound. */
export abstract class ServiceFaces extends Declarer {
  /** `what` is the name that was touched, for the error. @throws plugin/not-bound */
  protected abstract bound(what: string): PluginServices;

  /** Everything the host bound to this generation. @throws plugin/not-bound */
  get services(): PluginServices {
    return this.bound('services');
  }
  get logger(): Logger {
    return this.bound('logger').logger;
  }
  /** The same as `logger`. */
  get log(): Logger {
    return this.bound('log').logger;
  }
  /** The plugin's own folder, created. */
  get dataDir(): string {
    return this.bound('dataDir').dataDir;
  }
  /** This plugin's secrets, sealed where they are stored; `set` replaces a value on every host. */
  get secrets(): Secrets {
    return this.bound('secrets').secrets;
  }
  /** Secrets and values of the configuration by name, as text; read-only. */
  get env(): PluginServices['env'] {
    return this.bound('env').env;
  }
  /** For verifying by hand; there before the host has loaded the plugin, too. */
  get crypto(): ByHand {
    return byHand;
  }
  /** Documents of this plugin; in a task `job.store` is the one that commits with the job. */
  get store(): DocumentStore {
    return this.bound('store').store;
  }
  /** Values that may be forgotten, shared by all hosts of the database. */
  get cache(): Cache {
    return this.bound('cache').cache;
  }
  /** This plugin's own database. */
  get sql(): PluginSql {
    return this.bound('sql').sql;
  }
  /** Durable work of this plugin: what is enqueued survives the process. */
  get tasks(): Tasks {
    return this.bound('tasks').tasks;
  }
  /** Tells whoever listens, durably. */
  get events(): Events {
    return this.bound('events').events;
  }
  /** Tools of other plugins. */
  get extensions(): Extensions {
    return this.bound('extensions').extensions;
  }
  /** Work for the agent. */
  get agent(): Agent {
    return this.bound('agent').agent;
  }
  /** Mail by SMTP, where the operator has configured a server. */
  get mail(): Mail {
    return this.bound('mail').mail;
  }
  /** Requests to elsewhere: https to public addresses, unless the operator allows more. */
  get http(): OutgoingHttp {
    return this.bound('http').outgoing.http;
  }
  /** Aborts when this generation begins to retire: end streams and pollers. */
  get signal(): AbortSignal {
    return this.bound('signal').signal;
  }
  /** The services in the name of one user; in a task, give its job: they commit with it. @throws users/bad-id */
  asUser(userId: string, job?: Pick<Job, 'store' | 'message'>): UserServices {
    return this.bound('asUser').asUser(userId, job);
  }
  /** Runs work in this process, tracked; a failure is logged. Returns its id. */
  spawn(work: (signal: AbortSignal) => Awaitable<unknown>): string {
    return this.bound('spawn').spawn(work);
  }
  /**
   * The public address of a path of this plugin; absolute once `publicUrl` is set. Where the endpoint's address is signed
   * it carries its `?token=`, so it is a secret then; ask for it in `onInit` or later.
   */
  webhookUrl(path: string): string {
    return this.bound('webhookUrl').webhookUrl(path);
  }
}
