import type { OutgoingAnswer } from '../../core/ports/outgoing';

/** A message as an adapter is given it. */
export interface OutgoingMessage {
  /** The same for every attempt. */
  readonly id: string;
  readonly chatKey: string;
  /** What stands behind the first `-` of the chat key. */
  readonly channel: string;
  /** Key of the plugin that sent it. */
  readonly from: string;
  readonly kind: 'text' | 'file' | 'image';
  readonly text: string;
  /** When it was given to be sent, epoch ms. */
  readonly at: number;
  readonly file: MessageFile | undefined;
}
export interface MessageFile {
  readonly filename: string;
  readonly contentType: string;
  readonly data: Buffer;
}

/** What the operator set for one channel, as an adapter reads it. */
export interface ChannelSetup {
  readonly options: Readonly<Record<string, string>>;
  /** Empty where the adapter has none. */
  readonly credential: string;
}

/** One request that sends one message. */
export interface AdapterRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Something an operator says of a channel. */
export interface AdapterField {
  readonly description: string;
  /** Of an option: it must be set. */
  readonly required?: boolean;
  /** What is wrong with a value, in words that do not repeat it. */
  issueOf(value: string): string | undefined;
}

/**
 * One kind of chat: how a message becomes one request to it, and nothing else. What every kind needs (order, rate, attempts,
 * history) is not its concern. 2xx is success; 408, 425, 429 and 5xx are tried again; the rest is refused for good.
 */
export interface Adapter {
  /** What stands before the first `-` of its chat keys. */
  readonly name: string;
  /** The one secret value of a channel, kept sealed. Undefined: it needs none, and its channels no configuration. */
  readonly credential: AdapterField | undefined;
  /** Not secret. */
  readonly options: Readonly<Record<string, AdapterField>>;
  /** Longest text of one message, in UTF-16 units; longer ones are sent as several. */
  readonly textLimit: number;
  /** Undefined: messages are kept in the history and go nowhere else. */
  readonly compose:
    ((message: OutgoingMessage, setup: ChannelSetup) => AdapterRequest | Promise<AdapterRequest>) | undefined;
  /** Milliseconds that its answer asks to wait, where `Retry-After` does not say. */
  readonly waitMsOf?: (answer: OutgoingAnswer) => number | undefined;
}

/** For fields that hold an address. */
export function addressIssue(value: string): string | undefined {
  if (!URL.canParse(value)) return 'it is no address such as https://example.org/hook';
  const { protocol, username, password } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:') return 'it is no https address';
  if (username !== '' || password !== '') return 'it holds a user name or a password';
  return undefined;
}

/** JSON as a request says it. */
export function jsonBody(value: unknown): Pick<AdapterRequest, 'headers' | 'body'> {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

/** A form with files as a request says it (RFC 7578). */
export async function formBody(form: FormData): Promise<Pick<AdapterRequest, 'headers' | 'body'>> {
  const response = new Response(form);
  const contentType = response.headers.get('content-type') ?? 'multipart/form-data';
  return { headers: { 'content-type': contentType }, body: Buffer.from(await response.arrayBuffer()) };
}

/** A file as a member of a form. */
export function blobOf({ data, contentType }: MessageFile): Blob {
  return new Blob([new Uint8Array(data)], { type: contentType });
}
