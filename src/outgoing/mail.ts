import nodemailer, { type Transporter } from 'nodemailer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import type { Logger } from 'winston';
import type { Task } from '../core/declaration';
import { HostError, toError } from '../core/errors';
import { HOST_KEY, HOST_TASKS } from '../core/host-key';
import { GiveUp, type Job } from '../core/job';
import type { Mailer } from '../core/ports/mail';
import { STANDARD_RETRY, type Retry } from '../core/retry';
import type { Settings } from '../core/settings';
import type { WorkSink } from '../core/work-sink';
import { parseAddress, readMail, recipientsOf, type MailAddress, type StoredMail } from './mail-message';

export interface MailerParts {
  readonly settings: Settings['mail'];
  /** Where mail goes that no job sends. */
  readonly sink: WorkSink;
  readonly logger: Logger;
  /** Of the task; default the standard one. */
  readonly retry?: Retry | undefined;
}

/** What mail needs of a host: the face of plugins, and the task that works it, for the host's own mount. */
export interface CreatedMailer {
  readonly mailer: Mailer;
  readonly task: Task;
  close(): void;
}

interface Post {
  readonly transport: Transporter<SMTPTransport.SentMessageInfo>;
  readonly from: MailAddress;
}
/** Of one recipient. */
type Refusal = Error & { readonly recipient: string; readonly responseCode?: number };
/** An error of the transport, as far as it matters. */
type SmtpError = Error & { code?: string; responseCode?: number; rejectedErrors?: readonly Refusal[] };

const MAIL_TASK = HOST_TASKS.mail;
const ATTEMPT_MS = 120_000;
const MAILS_AT_ONCE = 2;
const CONNECT_MS = 15_000;
/** Silence of a server in the midst of a mail. */
const SOCKET_MS = 60_000;
const PERMANENT = 500;
/** The server was reached, signed in at, and refuses this very mail; all else is for an operator to mend. */
const ABOUT_MAIL = new Set(['EENVELOPE', 'EMESSAGE']);
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Mail by SMTP. Nothing is dialled before there is mail. */
export function createMailer({ settings, sink, logger, retry = STANDARD_RETRY }: MailerParts): CreatedMailer {
  const post = postOf(settings);
  const required = (): Post => {
    if ('lacking' in post) throw new HostError('mail/not-configured', [post.lacking]);
    return post;
  };
  return {
    mailer: {
      of: (plugin, through = sink) => ({
        send: async (message) => {
          required();
          const mail = readMail(plugin, message);
          await through.put([{ plugin: HOST_KEY, task: MAIL_TASK, payload: mail }]);
          return { id: mail.id };
        },
      }),
    },
    task: {
      kind: 'task',
      origin: { dialect: 'host', where: 'mail' },
      name: MAIL_TASK,
      retry,
      timeoutMs: ATTEMPT_MS,
      concurrency: MAILS_AT_ONCE,
      run: (payload, job) => deliver(required(), payload as StoredMail, job, logger),
    },
    close: () => {
      if ('transport' in post) post.transport.close();
    },
  };
}

/**
 * One attempt: tried again where the server says so (4xx), does not answer or does not let the host in; never again where it
 * refuses the mail (5xx). Recipients whom it answers otherwise than the rest get a job of their own, those
 * refused for good one that gives up: nobody gets the mail twice for the sake of another.
 * @see RFC 5321 §4.2.1
 */
async function deliver({ transport, from }: Post, mail: StoredMail, job: Job, logger: Logger): Promise<void> {
  const { id, plugin, to, cc, replyTo, subject, text, html } = mail;
  const recipients = recipientsOf(mail);
  const content = {
    ...{ from, to: [...to], cc: [...cc], subject },
    ...(replyTo !== undefined && { replyTo }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    // No answering machine answers it (RFC 3834 §5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    envelope: { from: from.address, to: [...recipients] },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  const refusals = await transport.sendMail(content).then(
    (sent) => (sent as { readonly rejectedErrors?: readonly Refusal[] }).rejectedErrors ?? [],
    (thrown: unknown) => {
      const { message, code, responseCode, rejectedErrors } = toError(thrown) as SmtpError;
      if (recipients.length > 1 && rejectedErrors !== undefined) return rejectedErrors;
      if (isFinal(responseCode) && ABOUT_MAIL.has(code ?? '')) throw new GiveUp(message);
      throw new Error(message);
    },
  );
  const groups = [refusals.filter(isForGood), refusals.filter((refusal) => !isForGood(refusal))];
  for (const group of groups) {
    const [first] = group;
    if (first === undefined) continue;
    if (group.length === recipients.length)
      throw isForGood(first) ? new GiveUp(first.message) : new Error(first.message);
    job.enqueue(MAIL_TASK, { ...mail, only: group.map(({ recipient }) => recipient) } satisfies StoredMail);
  }
  logger.info('a mail was sent', { plugin, mail: id, refused: refusals.length });
}

function isForGood({ responseCode }: Refusal): boolean {
  return isFinal(responseCode);
}

function isFinal(responseCode: number | undefined): boolean {
  return responseCode !== undefined && responseCode >= PERMANENT;
}

/** A password goes over no network in clear, unless the address says `?requireTLS=false`. */
function postOf({ url, from }: Settings['mail']): Post | { readonly lacking: string } {
  if (url === undefined) return { lacking: 'mail.url is not set' };
  const parsed = URL.canParse(url.reveal()) ? new URL(url.reveal()) : undefined;
  if (parsed?.protocol !== 'smtp:' && parsed?.protocol !== 'smtps:')
    return { lacking: 'mail.url is no smtp:// or smtps:// address' };
  const sender = parseAddress(from ?? '');
  if (sender === undefined) return { lacking: 'mail.from is not set to one address' };
  // Read here: beside `url`, the transport takes no other options.
  const transport = nodemailer.createTransport({
    requireTLS: parsed.username !== '' && !LOOPBACK.has(parsed.hostname),
    ...{ connectionTimeout: CONNECT_MS, greetingTimeout: CONNECT_MS, dnsTimeout: CONNECT_MS },
    socketTimeout: SOCKET_MS,
    ...parseConnectionUrl(url.reveal()),
  });
  return { transport, from: sender };
}
