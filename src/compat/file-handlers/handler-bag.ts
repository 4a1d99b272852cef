import MarkdownIt from 'markdown-it';
import type { Job } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { PluginServices } from '../../core/plugin-services';
import type { MailMessage } from '../../core/ports/mail';
import { handlerContext, type HandlerContext } from './handler-context';
import { handlerCrypto, type HandlerCrypto } from './handler-crypto';
import { handlerFetch } from './handler-fetch';
import { handlerLog, type HandlerLog } from './handler-log';
import type { HandlerRequest } from './handler-request';
import type { RawBody } from './raw-body';

/** A text, or `{ title, message, to }`; `to` is a user's id. */
type Notice = string | Readonly<Record<string, unknown>>;

/** What any code of an app is given, whoever called it. */
export interface CommonBag {
  readonly query: PluginServices['sql']['query'];
  readonly fetch: ReturnType<typeof handlerFetch>;
  readonly context: HandlerContext;
  emit(name: string, payload?: unknown): Promise<unknown>;
  /** Default: to whom the code runs as. */
  notify(notice: Notice): Promise<unknown>;
  /** `body` stands for `text`. */
  email(message: MailMessage & { readonly body?: string }): Promise<{ readonly id: string }>;
  readonly crypto: HandlerCrypto;
  /** HTML; what is HTML in the text is shown as it is written. */
  markdown(text: string): string;
  readonly log: HandlerLog;
  readonly env: PluginServices['env'];
}

/** What a handler of `webhooks` or `server` is given. */
export interface HandlerBag extends CommonBag {
  readonly request: HandlerRequest;
  /** Answers now; the handler goes on. */
  respond(answer: unknown): Promise<void>;
}

export interface BagParts {
  readonly services: PluginServices;
  readonly dependencies: Readonly<Record<string, PluginKey>>;
  /** The user in whose name it runs. */
  readonly user: string;
  readonly rawBody: RawBody;
  /** Where one runs: what is emitted or sent as a notice is stored with its success. */
  readonly job: Job | undefined;
}

const renderer = new MarkdownIt({ html: false, linkify: true });

/** Services are touched only where the code takes them: what this host lacks matters to nobody else. */
export function commonBag({ services, dependencies, user, rawBody, job }: BagParts): CommonBag {
  return {
    query: (text, values) => services.sql.query(text, values),
    fetch: handlerFetch(services),
    context: handlerContext(services, dependencies),
    emit: (name, payload) => (job?.events ?? services.events).emit(name, payload),
    notify: async (notice) => {
      const { to, text } = noticeOf(notice);
      return services.asUser(to ?? user, job).notify(text);
    },
    email: async ({ body, ...message }) =>
      services.mail.send(
        body === undefined || message.text !== undefined ? message : { ...message, text: body },
      ),
    crypto: handlerCrypto(rawBody),
    markdown: (text) => renderer.render(String(text)),
    log: handlerLog(services.logger),
    get env() {
      return services.env;
    },
  };
}

function noticeOf(notice: Notice): { readonly to: string | undefined; readonly text: string } {
  if (typeof notice !== 'object' || notice === null) return { to: undefined, text: String(notice) };
  const { to, user, title, subject, message, text, body } = notice;
  const lines = [title ?? subject, message ?? text ?? body].filter(
    (line) => line !== undefined && line !== null,
  );
  const person = to ?? user;
  return { to: typeof person === 'string' ? person : undefined, text: lines.map(String).join('\n') };
}
