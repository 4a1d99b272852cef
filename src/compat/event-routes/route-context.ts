import type { Logger } from 'winston';
import type { Agent } from '../../core/agent-run';
import type { DocumentStore } from '../../core/documents';
import type { Events } from '../../core/event';
import type { Exchange, RequestHeaders } from '../../core/exchange';
import type { Job } from '../../core/job';
import type { Messages } from '../../core/messages';
import type { PluginServices } from '../../core/plugin-services';
import type { Cache } from '../../core/ports/cache';
import type { Mail } from '../../core/ports/mail';
import type { OutgoingHttp } from '../../core/ports/outgoing';

/** What work has that the clock started: what it writes, sends and tells through it is stored with its success. */
export class TickContext {
  constructor(
    private readonly services: PluginServices,
    /** The attempt; undefined where the request is answered without being stored. */
    readonly job: Job | undefined,
  ) {}

  get log(): Logger {
    return this.job?.log ?? this.services.logger;
  }
  get store(): DocumentStore {
    return this.job?.store ?? this.services.store;
  }
  get message(): Messages {
    return this.job?.message ?? this.services.message;
  }
  get events(): Events {
    return this.job?.events ?? this.services.events;
  }
  get cache(): Cache {
    return this.services.cache;
  }
  get agent(): Agent {
    return this.services.agent;
  }
  get mail(): Mail {
    return this.services.mail;
  }
  get http(): OutgoingHttp {
    return this.services.outgoing.http;
  }
  get config(): PluginServices['config'] {
    return this.services.config;
  }
  get secrets(): PluginServices['secrets'] {
    return this.services.secrets;
  }
  get tasks(): PluginServices['tasks'] {
    return this.services.tasks;
  }
  get extensions(): PluginServices['extensions'] {
    return this.services.extensions;
  }
}

/** What a handler of events has besides the payload. */
export class RouteContext extends TickContext {
  constructor(
    services: PluginServices,
    /** The request, whole. */
    readonly exchange: Exchange,
    /** Its type, as it was looked up. */
    readonly event: string,
  ) {
    super(services, exchange.job);
  }

  get headers(): RequestHeaders {
    return this.exchange.headers;
  }
}
