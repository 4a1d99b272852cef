import type { PluginKey } from '../plugin-key';
import type { WorkSink } from '../work-sink';

export interface MailMessage {
  readonly to: string | readonly string[];
  readonly cc?: string | readonly string[] | undefined;
  readonly bcc?: string | readonly string[] | undefined;
  readonly replyTo?: string | undefined;
  readonly subject: string;
  /** One of the two at least. */
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

/** Sends mail by SMTP, durably, where the operator has configured a server. */
export interface Mail {
  /** Resolves once it is stored. @throws mail/not-configured, mail/bad-message, inbox/unavailable */
  send(message: MailMessage): Promise<{ readonly id: string }>;
}
export interface Mailer {
  of(plugin: PluginKey, sink?: WorkSink): Mail;
}
