import { createHash, createHmac, createSign, randomBytes, randomUUID, sign } from 'node:crypto';
import { HostError } from '../core/errors';
import type { SignatureRow, ValuePlace } from '../core/signature-row';
import { plainRequest } from './plain-request';
import { memberAt, stepsOf, type Reading } from './reading';
import { KEY, messageBytes, messageReader, type Chunk } from './signed-message';
import { signingKey } from './signing-key';
import { writeTimestamp } from './timestamp';
import { keyBytes } from './verifying-key';

export interface SigningOptions {
  /** As the endpoint has it; of a key pair the private key. */
  readonly secret: string;
  readonly body: string | Buffer;
  /** Epoch ms the request claims to be of. */
  readonly at: number;
  /** Default POST. */
  readonly method?: string;
  /** Path and query of the endpoint, and the base the sender was given: some sign them. Default `/`. */
  readonly target?: string;
  readonly publicBase?: string;
  /** Of this delivery; a random one otherwise. */
  readonly deliveryId?: string;
  /** Where the sender names it in a header. */
  readonly event?: string;
  /** Further ones, e.g. `content-type`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is to be sent. Some senders sign inside the body, so that is given back too. */
export interface SignedSample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Signs a request as the sender of `row` does. @throws signatures/cannot-sign */
export function signRequest(row: SignatureRow, options: SigningOptions): SignedSample {
  if (row.kind === 'special')
    throw new HostError('signatures/cannot-sign', [row.id, 'it takes code of its own']);
  const draft = new Draft(row, options);
  const { pairs, timestamp } = draft.fill();
  const { method, target, publicBase } = options;
  const request = plainRequest({
    ...(method === undefined ? {} : { method }),
    ...(target === undefined ? {} : { target }),
    ...(publicBase === undefined ? {} : { publicBase }),
    headers: draft.headers,
    body: draft.body(),
  });
  const headers = new Map(Object.entries(draft.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const reading: Reading = { request, headers, pairs, timestamp };
  const chunks = messageReader(row)(reading);
  if (typeof chunks === 'string')
    throw new HostError('signatures/cannot-sign', [row.id, `what it signs is not all there (${chunks})`]);
  draft.place(written(row, signatureOf(row, options.secret, chunks), pairs));
  return { headers: draft.headers, body: draft.body() };
}

/** A request before it is signed. */
class Draft {
  readonly headers: Record<string, string>;
  #body: Buffer;

  constructor(
    readonly row: SignatureRow,
    readonly options: SigningOptions,
  ) {
    this.headers = { ...options.headers };
    this.#body = typeof options.body === 'string' ? Buffer.from(options.body) : options.body;
  }

  body(): Buffer {
    return this.#body;
  }

  /** Writes what is signed along: the moment, the delivery's id, nonces. */
  fill(): { pairs: ReadonlyMap<string, string>; timestamp: string | undefined } {
    const { row, options } = this;
    const pairs = new Map<string, string>();
    const timestamp = row.time === undefined ? undefined : writeTimestamp(options.at, row.time.unit);
    if (row.time !== undefined && timestamp !== undefined) this.#write(row.time.from, timestamp, pairs);
    const [delivery] = row.delivery;
    if (delivery !== undefined && 'header' in delivery)
      this.#write(delivery, options.deliveryId ?? randomUUID(), pairs);
    const [event] = row.event;
    if (event !== undefined && 'header' in event && options.event !== undefined)
      this.#write(event, options.event, pairs);
    for (const part of row.signed)
      if (typeof part === 'object' && !('literal' in part) && !this.#has(part, pairs))
        this.#write(part, options.deliveryId ?? randomBytes(16).toString('hex'), pairs);
    return { pairs, timestamp };
  }

  place(text: string): void {
    const { from } = this.row.signature;
    if ('headerPattern' in from) this.headers[from.headerPattern.replace('*', '1')] = text;
    else this.#write(from, text, new Map());
  }

  #write(place: ValuePlace, text: string, pairs: Map<string, string>): void {
    if ('header' in place) this.headers[place.header] = text;
    else if ('pair' in place) pairs.set(place.pair, text);
    else if ('json' in place) this.#body = withMember(this.row, this.#body, stepsOf(place.json), text);
    else throw new HostError('signatures/cannot-sign', [this.row.id, 'it signs a field of a form or query']);
  }

  #has(place: ValuePlace, pairs: ReadonlyMap<string, string>): boolean {
    if ('header' in place) return Object.hasOwn(this.headers, place.header);
    if ('pair' in place) return pairs.has(place.pair);
    return (
      'json' in place &&
      memberAt(plainRequest({ body: this.#body }).json(), stepsOf(place.json)) !== undefined
    );
  }
}

function signatureOf(row: SignatureRow, secret: string, chunks: readonly Chunk[]): Buffer {
  const name = row.hash ?? 'sha256';
  if (row.kind === 'ed25519') return sign(null, messageBytes(chunks), signingKey(row, secret));
  if (row.kind === 'ecdsa' || row.kind === 'rsa')
    return createSign(name)
      .update(messageBytes(chunks))
      .sign({ key: signingKey(row, secret), dsaEncoding: row.dsa ?? 'der' });
  const key = keyBytes(row, secret);
  if (key === undefined || key.length === 0)
    throw new HostError('signatures/cannot-sign', [row.id, `the secret is not ${row.key.encoding}`]);
  if (row.kind === 'token') return key;
  const digest = row.kind === 'digest' ? createHash(name) : createHmac(name, key);
  for (const chunk of chunks) {
    if (typeof chunk === 'string') digest.update(chunk, 'latin1');
    else digest.update(chunk === KEY ? key : chunk);
  }
  return digest.digest();
}

/** The signature as it stands in its header. */
function written(
  { signature, time }: SignatureRow,
  bytes: Buffer,
  pairs: ReadonlyMap<string, string>,
): string {
  const { encoding, prefix = '', separator = ',', equals = '=', keys = [] } = signature;
  const text = prefix + bytes.toString(encoding === 'text' ? 'latin1' : encoding);
  if (signature.parse !== 'pairs') return text;
  const moment = time !== undefined && 'pair' in time.from ? time.from.pair : undefined;
  const first = [...pairs].sort(([name]) => (name === moment ? -1 : 0));
  return [...first, [keys[0] ?? '', text]].map(([name, value]) => `${name}${equals}${value}`).join(separator);
}

/** The JSON body with one member set; objects on the way are made, a number stays one. */
function withMember(row: SignatureRow, body: Buffer, steps: readonly string[], text: string): Buffer {
  const root = plainRequest({ body }).json();
  if (typeof root !== 'object' || root === null)
    throw new HostError('signatures/cannot-sign', [
      row.id,
      'its signature is in the JSON body, and this body is none',
    ]);
  const names = steps.filter((step) => step !== '[*]');
  const lists = steps.includes('[*]');
  const last = names.at(-1) ?? '';
  const value = /^\d{1,15}$/.test(text) ? Number(text) : text;
  let nodes: Record<string, unknown>[] = [root as Record<string, unknown>];
  for (const name of names.slice(0, -1))
    nodes = nodes.flatMap((node) => {
      if (typeof node[name] !== 'object' || node[name] === null) node[name] = lists ? [{}] : {};
      return Array.isArray(node[name])
        ? (node[name] as typeof nodes)
        : [node[name] as (typeof nodes)[number]];
    });
  for (const node of nodes) node[last] = value;
  return Buffer.from(JSON.stringify(root));
}
