/** Where a value of a request is found. `json` and `form` name a member of the body, `query` one of the query. */
export type ValuePlace =
  | { readonly header: string }
  /** One member of a signature header of `name=value` pairs, e.g. `t` of `t=1,v1=ab`. */
  | { readonly pair: string }
  /** A dotted path; `[*]` is every item of a list. */
  | { readonly json: string }
  | { readonly form: string }
  | { readonly query: string };

/** What is signed, part after part, as bytes. `timestamp` is the one of `time`, as received. */
export type SignedPart =
  | 'body'
  | 'timestamp'
  | 'method'
  /** The public address: the configured base address and the target as received. */
  | 'url'
  /** Path and query as received. */
  | 'target'
  /** The secret itself, where it is hashed along (`digest`). */
  | 'key'
  /** Hex SHA-256 of the body. */
  | 'bodySha256Hex'
  /** The body; of an urlencoded one its field `payload`, of a GET that of the query: the JSON inside, decoded. */
  | 'payload'
  | { readonly literal: string }
  | ValuePlace;

/** `text`: as it stands, for tokens only. */
export type SignatureEncoding = 'hex' | 'base64' | 'base64url' | 'text';
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** How the signatures stand in their header: alone, as pairs, or as a list of prefixed ones. */
export interface SignatureForm {
  /** A header or a member of the JSON body; a pattern like `X-Signature-*` is each header numbered so. */
  readonly from: ValuePlace | { readonly headerPattern: string };
  /** Further headers that carry the same signature; the first one present counts. */
  readonly alternatives?: readonly ValuePlace[];
  readonly parse: 'whole' | 'pairs' | 'list';
  /** Of pairs: between whole sets of them, each with its own moment, e.g. `t=1,v1=ab t=2,v1=cd`. */
  readonly groups?: ' ';
  /** Between pairs or items. Default `,`. */
  readonly separator?: ',' | ';' | ' ';
  /** Between name and value. Default `=`. */
  readonly equals?: '=' | ':';
  /** Names of the pairs that count, e.g. `v1`. */
  readonly keys?: readonly string[];
  /** Before the encoded signature; without it a signature is malformed. Of tokens its case does not matter. */
  readonly prefix?: string;
  readonly encoding: SignatureEncoding;
}

export type HandshakeId =
  | 'slack'
  | 'meta'
  | 'strava'
  | 'graph'
  | 'twitch'
  | 'zoom'
  | 'dropbox'
  | 'notion'
  | 'okta'
  | 'eventgrid'
  | 'cloudevents'
  | 'sns'
  | 'x-hook-secret'
  | 'crc-token'
  | 'linkedin'
  | 'nylas'
  | 'monday'
  | 'front'
  | 'ringcentral'
  | 'vercel-drain'
  | 'head'
  | 'ebay'
  | 'smartcar'
  | 'tebex'
  | 'lark'
  | 'wecom'
  | 'dingtalk'
  | 'discord';

/**
 * How one kind of sender proves who it is, as data. `hmac`: a keyed hash. `digest`: a plain hash with the secret hashed
 * along. `ed25519`, `ecdsa`, `rsa`: signatures. `token`: the secret itself. `special`: what no row can say, by its name.
 */
export interface SignatureRow {
  /** Shown as `verified.scheme`. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'hmac' | 'digest' | 'ed25519' | 'ecdsa' | 'rsa' | 'token' | 'special';
  /** Default `sha256`. */
  readonly hash?: HashName;
  readonly dsa?: 'der' | 'ieee-p1363';
  readonly signature: SignatureForm;
  readonly key: {
    readonly encoding: 'utf8' | 'base64' | 'hex' | 'ed25519-hex' | 'ed25519-base64' | 'spki-base64' | 'pem';
    /** Taken off the secret first, where it is there. */
    readonly strip?: string;
  };
  /**
   * How requests are verified while none of the live secrets starts with `key.strip`. As soon as one does, this is never
   * fallen back to: whoever holds the weaker secret could leave the signature out.
   */
  readonly weaker?: SignatureRow;
  /** Empty for a token. */
  readonly signed: readonly SignedPart[];
  /** `wire`: the body as it came, `decoded`: its content encoding undone. Default `wire`. */
  readonly over?: 'wire' | 'decoded';
  readonly url?: 'registered' | 'registered+hubspot-decode';
  /** Only where the moment is among what is signed. Windows in seconds, before and after now. */
  readonly time?: {
    readonly from: ValuePlace;
    readonly unit: 's' | 'ms' | 'iso';
    readonly past: number;
    readonly future: number;
  };
  /** The sender's id of a delivery, first one present; `signed`: nobody can forge it. */
  readonly delivery: readonly (ValuePlace & { readonly signed: boolean })[];
  readonly event: readonly ValuePlace[];
  /** As long as the sender tries again. Default 72 hours. */
  readonly dedupeWindowMs?: number;
  readonly handshake?: HandshakeId;
  /** What a sender demands instead of 202, and how soon. */
  readonly ack?: {
    readonly status?: 200 | 202 | 204;
    readonly type?: string;
    readonly body?: string;
    readonly deadlineMs: number;
  };
  /** The signature does not cover the body: said to the plugin. */
  readonly bodyUnsigned?: true;
  /** For people: retries, limits, set-up. One line of Markdown each. */
  readonly notes?: readonly string[];
  /** The sender's own page. */
  readonly source?: string;
}

/** Of a row and its weaker one, the one that a secret is for. */
export function rowFor(row: SignatureRow, secret: string): SignatureRow {
  const { weaker, key } = row;
  return weaker === undefined || secret.startsWith(key.strip ?? '') ? row : weaker;
}
