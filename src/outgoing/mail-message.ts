import { randomBytes } from 'node:crypto';
import addressparser from 'nodemailer/lib/addressparser';
import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { MailMessage } from '../core/ports/mail';

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

/** A mail as it lies in the inbox. */
export interface StoredMail {
  /** Its `Message-ID` is made of it: the same at each attempt, so that a repeat is recognisable. */
  readonly id: string;
  readonly plugin: PluginKey;
  readonly to: readonly MailAddress[];
  readonly cc: readonly MailAddress[];
  readonly bcc: readonly MailAddress[];
  readonly replyTo: MailAddress | undefined;
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  /** Those it is still to be brought to, where some have it. */
  readonly only?: readonly string[];
}

const MOST_RECIPIENTS = 100;
const ADDRESS_CHARACTERS = 320;
/** Of one line of a header, RFC 5322 §2.1.1. */
const SUBJECT_CHARACTERS = 998;
const BODY_BYTES = 1024 ** 2;
const ID_BYTES = 18;
/** Nothing that ends a line or a header, and none of the quoting in which an address can hide another. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}]{1,255}$/u;
const CONTROL = /\p{Cc}/u;

/** What a plugin wants to send, made ready to be stored. @throws mail/bad-message */
export function readMail(plugin: PluginKey, message: MailMessage): StoredMail {
  if (typeof message !== 'object' || message === null) throw bad('it is an object with to, subject and text');
  const { to, cc, bcc, replyTo, subject, text, html } = message;
  const [tos, ccs, bccs] = [addressesIn('to', to), addressesIn('cc', cc), addressesIn('bcc', bcc)];
  const answers = addressesIn('replyTo', replyTo);
  const count = tos.length + ccs.length + bccs.length;
  if (tos.length === 0) throw bad('it is to nobody');
  if (count > MOST_RECIPIENTS) throw bad(`it has ${count} recipients; at most ${MOST_RECIPIENTS} may be`);
  if (answers.length > 1) throw bad('replyTo is one address');
  if (typeof subject !== 'string' || CONTROL.test(subject) || subject.length > SUBJECT_CHARACTERS)
    throw bad(`subject is a text of one line, of at most ${SUBJECT_CHARACTERS} characters`);
  const id = `mail_${randomBytes(ID_BYTES).toString('base64url')}`;
  const bodies = { text: bodyIn('text', text), html: bodyIn('html', html) };
  if (bodies.text === undefined && bodies.html === undefined) throw bad('it has neither text nor html');
  return { id, plugin, to: tos, cc: ccs, bcc: bccs, replyTo: answers[0], subject, ...bodies };
}

/** Everyone who is to get it. */
export function recipientsOf({ to, cc, bcc, only }: StoredMail): readonly string[] {
  return only ?? [...new Set([...to, ...cc, ...bcc].map(({ address }) => address))];
}

/** The only address of a text, as `Name <name@example.org>`. Undefined for anything else. */
export function parseAddress(text: string): MailAddress | undefined {
  if (text.length > ADDRESS_CHARACTERS || CONTROL.test(text)) return undefined;
  const [found, ...more] = addressparser(text);
  if (found === undefined || more.length > 0 || !('address' in found)) return undefined;
  return ADDRESS.test(found.address) ? { name: found.name, address: found.address } : undefined;
}

/** One address, or a list; a text with several, separated by commas, is none. */
function addressesIn(field: string, given: unknown): readonly MailAddress[] {
  if (given === undefined) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  // Before each is looked at: a list may be long.
  if (list.length > MOST_RECIPIENTS) throw bad(`${field} has more than ${MOST_RECIPIENTS} addresses`);
  return list.map((item) => {
    const address = typeof item === 'string' ? parseAddress(item) : undefined;
    if (address === undefined)
      throw bad(
        `${field} is an address, or a list of them, each like name@example.org or Name <name@example.org>`,
      );
    return address;
  });
}

function bodyIn(field: string, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== 'string') throw bad(`${field} is a text`);
  if (Buffer.byteLength(given) > BODY_BYTES) throw bad(`${field} is larger than ${BODY_BYTES} bytes`);
  return given;
}

function bad(why: string): HostError {
  return new HostError('mail/bad-message', [why]);
}
