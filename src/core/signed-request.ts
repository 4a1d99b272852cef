import type { Values } from './exchange';

/** A request as a verifier sees it: frozen at receipt, before anything was parsed. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query exactly as received. */
  readonly rawTarget: string;
  /** The configured public address and `rawTarget`; undefined where none is configured. Never made from `Host`. */
  publicUrl(): string | undefined;
  /** Names and values in turn, as received: duplicates are kept, and a value's characters are its bytes (latin1). */
  readonly rawHeaders: readonly string[];
  /** The body exactly as it came. */
  readonly wire: Buffer;
  /** The body with its content encoding undone. May throw where it cannot be undone. */
  decoded(): Buffer;
  /** The decoded body as JSON; undefined where it is none. */
  json(): unknown;
  /** Fields of an urlencoded or multipart body; empty where it is none. */
  form(): Values;
  readonly query: Values;
}

/** Where a request came from, as far as the connection tells: no verifier asks. */
export interface RequestOrigin {
  /** Of the caller, by the trusted proxies; empty on the operator's own socket. */
  readonly ip: string;
  readonly requestId: string;
}

/**
 * Why a request is refused: for the log, the metrics and the quarantine, never for the caller. `no_secret`,
 * `no_public_url` and `unavailable` are ours to mend (503, the sender tries again); all others are one and the same 401.
 */
export type RefusalReason =
  | 'missing_signature'
  | 'malformed_signature'
  | 'missing_timestamp'
  | 'malformed_timestamp'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'bad_signature'
  | 'bad_encoding'
  | 'duplicate_header'
  /** A token, a password, the operator's token or the `?token=` of a signed address: not there, or not the one. */
  | 'missing_credential'
  | 'wrong_credential'
  /** From an address that may not ask. */
  | 'address_not_allowed'
  | 'no_secret'
  /** The address is signed, and the host was not told its own. */
  | 'no_public_url'
  /** A key or certificate of the sender's could not be had. */
  | 'unavailable';

/** What a signature proves, or why it does not. */
export type RowVerdict =
  | {
      readonly ok: true;
      readonly scheme: string;
      /** Which of the secrets verified. */
      readonly secretId: string;
      /** Whether the signature covers the whole body. */
      readonly bodySigned: boolean;
      readonly event: string | undefined;
      /** The sender's id of this delivery, whether or not it is signed. */
      readonly deliveryId: string | undefined;
      /**
       * What makes two deliveries the same one, out of reach of a forger: the delivery id if it is signed, else a digest of
       * what is. Undefined where nothing tells them apart. Unique per scheme only: scope it to the endpoint.
       */
      readonly dedupeKey: string | undefined;
    }
  | { readonly ok: false; readonly reason: RefusalReason };
