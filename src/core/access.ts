import type { SignatureRow } from './signature-row';

/** Signed by a known kind of sender, or as the author's own row says. */
export interface SignatureAccess {
  readonly signature: string | SignatureRow;
  /** Names of this plugin's secrets; any live value of any of them verifies. Left out where the sender has none (SNS). */
  readonly secret?: string | readonly string[];
  /** What some senders need besides a secret: SNS `topicArn`, Pub/Sub `audience` and `serviceAccount`, Graph `appId` … */
  readonly expect?: Readonly<Record<string, string>>;
  /** Default: a signed delivery id, else a digest of the signature. `false`: duplicates are not looked for. */
  readonly dedupe?: false;
  /** Whether the sender's handshake is answered by the host. Default true. */
  readonly handshake?: boolean;
}
/** A shared secret in a header or the query. */
export interface TokenAccess {
  readonly token: { readonly header: string } | { readonly query: string };
  readonly secret: string | readonly string[];
}
/** A `?token=` that the host issues for this endpoint, and the operator lists and rotates. */
export interface SignedUrlAccess {
  readonly signedUrl: true;
}
/** RFC 7617; the secret is `user:password`. */
export interface BasicAccess {
  readonly basic: { readonly realm?: string };
  readonly secret: string | readonly string[];
}
/** RFC 9421 with RFC 9530 digests. */
export interface MessageSignatureAccess {
  readonly messageSignature: {
    /** By `keyid`: the algorithm is the record's, never the request's. */
    readonly keys: Readonly<
      Record<
        string,
        {
          readonly algorithm:
            'hmac-sha256' | 'ed25519' | 'ecdsa-p256-sha256' | 'rsa-pss-sha512' | 'rsa-v1_5-sha256';
          /** Name of this plugin's secret that holds the key (PEM, or text for HMAC). */
          readonly secret: string;
        }
      >
    >;
    /** What must be covered. Default `@method`, `@target-uri`, `content-digest`. */
    readonly components?: readonly string[];
    readonly tag?: string;
    /** Of `created`, in seconds, both ways. Default 300. */
    readonly window?: number;
  };
}
/** Addresses and networks (CIDR) that may ask at all. */
export interface AllowFromAccess {
  readonly allowFrom: readonly string[];
}
/** The operator, or who holds a token of the host's own with this scope (see `scopeIssue`). */
export interface ScopeAccess {
  readonly scope: string;
}

export type AccessMode =
  | 'public'
  | 'operator'
  | SignatureAccess
  | TokenAccess
  | SignedUrlAccess
  | BasicAccess
  | MessageSignatureAccess
  | AllowFromAccess
  | ScopeAccess;

/** Who may ask: one mode, or a list that must all hold. */
export type EndpointAccess = AccessMode | readonly AccessMode[];

/** The modes that must all hold. */
export function modesOf(access: EndpointAccess): readonly AccessMode[] {
  return isList(access) ? access : [access];
}

/** Whether a mode proves who sent a request: such an endpoint is a webhook's. */
export function isVerifying(mode: AccessMode): boolean {
  return typeof mode === 'object' && !('allowFrom' in mode) && !('scope' in mode);
}

/** Whether a mode lets the operator pass, as such. */
export function admitsOperator(mode: AccessMode): boolean {
  return mode === 'operator' || (typeof mode === 'object' && 'scope' in mode);
}

/** Whether the bytes of the body are needed to judge. */
export function isSigned(access: EndpointAccess): boolean {
  return modesOf(access).some(
    (mode) => typeof mode === 'object' && ('signature' in mode || 'messageSignature' in mode),
  );
}

/** Anybody may ask, and nothing tells who did. */
export function isOpen(access: EndpointAccess): boolean {
  const modes = modesOf(access);
  return modes.length > 0 && modes.every((mode) => mode === 'public');
}

/** For people, e.g. `signature github and addresses 10.0.0.0/8`. */
export function describeAccess(access: EndpointAccess): string {
  const modes = modesOf(access).filter((mode, _index, all) => mode !== 'public' || all.length === 1);
  return modes.map(describeMode).join(' and ') || (isOpen(access) ? 'public' : 'nobody');
}

function describeMode(mode: AccessMode): string {
  if (typeof mode === 'string') return mode;
  if ('signature' in mode)
    return `signature ${typeof mode.signature === 'string' ? mode.signature : mode.signature.id}`;
  if ('token' in mode)
    return 'header' in mode.token ? `token in header ${mode.token.header}` : `token in ?${mode.token.query}=`;
  if ('signedUrl' in mode) return 'signed URL';
  if ('basic' in mode) return 'basic authentication';
  if ('messageSignature' in mode) return 'message signature';
  if ('scope' in mode) return `scope ${mode.scope}`;
  return `addresses ${mode.allowFrom.join(', ')}`;
}

const isList = (access: EndpointAccess): access is readonly AccessMode[] => Array.isArray(access);
