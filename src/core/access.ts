import type { SignatureRow } from './signature-row';

/** Signed by a known kind of sender, or as the author's own row says. */
export interface SignatureAccess {
  readonly signature: string | SignatureRow;
  /** Names of this plugin's secrets; any live value of any of them verifies. */
  readonly secret: string | readonly string[];
  /** What some senders need besides a secret: SNS `topicArn`, Pub/Sub `audience` and `serviceAccount`, Graph `appId` … */
  readonly expect?: Readonly<Record<string, string>>;
  /** Default: a signed delivery id, else a digest of the signature. `false`: duplicates are not looked for. */
  readonly dedupe?: false;
  /** Whether the sender's set-up request is answered by the host. Default true. */
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

export type AccessMode =
  | 'public'
  | 'operator'
  | SignatureAccess
  | TokenAccess
  | SignedUrlAccess
  | BasicAccess
  | MessageSignatureAccess
  | AllowFromAccess;

/** Who may ask: one mode, or a list that must all hold. */
export type EndpointAccess = AccessMode | readonly AccessMode[];
