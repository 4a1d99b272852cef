import { serializeDictionary, type BareItem, type InnerList, type Item } from 'structured-headers';
import { contentDigest } from './content-digest';
import { signMessageBase, type MessageAlgorithm } from './message-algorithms';
import { signatureBase } from './signature-base';
import { STANDARD_COMPONENTS } from './verify-message';

export interface MessageToSign {
  readonly method: string;
  /** Absolute, as the receiver knows itself. */
  readonly url: string;
  /** Headers that may be covered. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface MessageSigner {
  readonly keyId: string;
  readonly algorithm: MessageAlgorithm;
  /** A private key in PEM, or the HMAC secret. */
  readonly key: string;
  /** Epoch ms. */
  readonly at: number;
  /** Default `@method`, `@target-uri`, `content-digest`. */
  readonly components?: readonly string[];
  /** Epoch ms. */
  readonly expires?: number;
  readonly nonce?: string;
  readonly tag?: string;
}

const LABEL = 'sig1';

/**
 * The headers that sign a request as RFC 9421 says: `content-digest`, `signature-input`, `signature`, in lower case.
 * @throws Error when a component cannot be covered, or the key is not one for the algorithm
 */
export function signMessage(message: MessageToSign, signer: MessageSigner): Record<string, string> {
  const digest = { 'content-digest': contentDigest(message.body) };
  const input: InnerList = [
    (signer.components ?? STANDARD_COMPONENTS).map((name): Item => [name, new Map()]),
    new Map(parametersOf(signer)),
  ];
  const slash = message.url.indexOf('/', message.url.indexOf('://') + 3);
  const result = signatureBase(input, {
    method: message.method,
    rawTarget: slash === -1 ? '/' : message.url.slice(slash),
    publicUrl: () => message.url,
    rawHeaders: Object.entries({ ...message.headers, ...digest }).flat(),
  });
  if (!result.ok) throw new Error('a component to be covered is not in the request');
  const signature = signMessageBase(signer.algorithm, signer.key, result.base);
  return {
    ...digest,
    'signature-input': serializeDictionary(new Map([[LABEL, input]])),
    signature: `${LABEL}=:${signature.toString('base64')}:`,
  };
}

function parametersOf(signer: MessageSigner): [string, BareItem][] {
  const all: readonly [string, BareItem | undefined][] = [
    ['created', Math.floor(signer.at / 1000)],
    ['expires', signer.expires === undefined ? undefined : Math.floor(signer.expires / 1000)],
    ['nonce', signer.nonce],
    ['keyid', signer.keyId],
    ['alg', signer.algorithm],
    ['tag', signer.tag],
  ];
  return all.flatMap(([name, value]): [string, BareItem][] => (value === undefined ? [] : [[name, value]]));
}
