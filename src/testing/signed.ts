import { HostError } from '../core/errors';
import { rowFor, type SignatureRow } from '../core/signature-row';

export interface SignedOptions {
  /** As the endpoint has it; where the sender signs with a key pair, the private key. */
  readonly secret: string;
  /** An object is sent as compact JSON. */
  readonly body: string | Buffer | object;
  /** Further ones; `Content-Type` is `application/json` unless it is among them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Epoch ms the request claims to be of. Default now. */
  readonly at?: number;
  /** Where it is sent to, whole: some senders sign the address. */
  readonly url?: string;
  /** Default POST. */
  readonly method?: string;
  /** What the sender calls the event, where it does so in a header. */
  readonly event?: string;
  /** The sender's id of this delivery. Default: a random one. */
  readonly deliveryId?: string;
}

/** A request ready to be sent: `fetch(url, signed(…))`. */
export interface SignedTestRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer<ArrayBuffer>;
}

/** How the signing part is asked. */
export interface Signer {
  /** @throws signatures/unknown-row */
  rowOf(id: string): SignatureRow;
  /** @throws signatures/cannot-sign */
  sign(
    row: SignatureRow,
    options: {
      readonly secret: string;
      readonly body: Buffer;
      readonly at: number;
      readonly method: string;
      readonly target?: string;
      readonly publicBase?: string;
      readonly event?: string;
      readonly deliveryId?: string;
      readonly headers: Readonly<Record<string, string>>;
    },
  ): { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };
}

/** Signs requests as senders do. @throws testing/cannot-sign, signatures/unknown-row, signatures/cannot-sign */
export type Signed = (sender: string | SignatureRow, options: SignedOptions) => SignedTestRequest;

export function createSigned({ rowOf, sign }: Signer): Signed {
  return (sender, options) => {
    const row = typeof sender === 'string' ? rowOf(sender) : sender;
    checkOptions(row.id, options);
    const { secret, body, headers = {}, at = Date.now(), url, method = 'POST', event, deliveryId } = options;
    const sample = sign(rowFor(row, secret), {
      secret,
      body: bytesOf(body),
      at,
      method,
      ...(url === undefined ? {} : addressOf(url)),
      ...(event === undefined ? {} : { event }),
      ...(deliveryId === undefined ? {} : { deliveryId }),
      headers: withContentType(headers),
    });
    return { method, headers: { ...sample.headers }, body: Buffer.from(sample.body) };
  };
}

/** Tests are often plain JavaScript. */
function checkOptions(sender: string, options: Partial<SignedOptions> | undefined): void {
  const { secret, body } = options ?? {};
  const missing = [
    ...(typeof secret === 'string' && secret !== '' ? [] : ['a secret, as text']),
    ...(body === undefined || body === null ? ['a body'] : []),
  ];
  if (missing.length > 0) throw new HostError('testing/cannot-sign', [sender, missing.join(' and ')]);
}

function bytesOf(body: SignedOptions['body']): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Cut, not parsed and written anew: senders sign the address byte for byte. */
function addressOf(url: string): { publicBase: string; target: string } {
  const path = url.indexOf('/', url.indexOf('://') + 3);
  return path < 0
    ? { publicBase: url, target: '/' }
    : { publicBase: url.slice(0, path), target: url.slice(path) };
}

function withContentType(headers: Readonly<Record<string, string>>): Record<string, string> {
  const hasOne = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return hasOne ? { ...headers } : { 'Content-Type': 'application/json', ...headers };
}
