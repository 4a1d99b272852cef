import type { Endpoint, Verified } from '../declaration';
import type { Values } from '../exchange';
import type { PluginKey } from '../plugin-key';
import type { Identity } from './operator-auth';
import type { Reply } from '../reply';
import type { SignatureRow } from '../signature-row';
import type { RefusalReason, RequestOrigin, SignedRequest } from '../signed-request';

/** A request before its body is read. */
export interface RequestHead {
  readonly method: string;
  /** Names and values in turn, as received. */
  readonly rawHeaders: readonly string[];
  readonly query: Values;
  /** Of the caller, by the trusted proxies; empty on the operator's own socket. */
  readonly ip: string;
  /** Whether it speaks for the operator: by token, or through the operator's own socket. */
  isOperator(): boolean;
  /** The operator, or whose token of the host's own it carries. */
  identify(): Identity | undefined;
  /** Whoever is signed in at the console. */
  session(): Identity | undefined;
}

export type Judgement =
  | {
      readonly ok: true;
      /** Undefined where nothing tells who asks, e.g. by address alone. */
      readonly verified: Verified | undefined;
      /** See `RowVerdict`; to be scoped to the endpoint. */
      readonly dedupeKey?: string | undefined;
      /** Nothing more is asked of it, whatever its endpoint asks for: it was judged elsewhere. */
      readonly isFinal?: true;
      /** What was sealed in the body, opened: the handler gets this for its body. */
      readonly plain?: Buffer | undefined;
      /** What the sender demands to be answered, in place of 202. */
      readonly answer?: Reply | undefined;
    }
  | { readonly ok: false; readonly reason: RefusalReason };

/** Who may ask at one endpoint, made ready. Nothing here throws or rejects. */
export interface Guard {
  /** For log lines, counters and the quarantine, e.g. `github`. */
  readonly scheme: string;
  /** Of a 401's `WWW-Authenticate`; the same whatever the reason. */
  readonly challenge: string;
  /** It verifies senders: their requests are recorded, and cookies never reach the handler. */
  readonly isWebhook: boolean;
  /** Judges by the head alone, before a byte of the body is read; undefined where the head decides nothing. */
  readonly head: ((head: RequestHead, at: number) => Judgement) | undefined;
  /** Judges the whole request at `at` (epoch ms); undefined where the head decides all. */
  readonly judge: ((request: SignedRequest, at: number) => Judgement | Promise<Judgement>) | undefined;
  /** Handshakes of the endpoint's kind of sender, answered by the host. */
  readonly handshake: GuardHandshake | undefined;
  /** What the sender demands instead of 202, and how soon. */
  readonly ack: SignatureRow['ack'];
  /** How long its deliveries are recognised as duplicates; undefined: the host's default. */
  readonly dedupeWindowMs: number | undefined;
  /** Query parameters that belong to the gate and never reach a handler. */
  readonly ownQuery: readonly string[];
}

export interface GuardHandshake {
  /** Answered at the endpoint whatever methods it declares. */
  readonly methods: readonly string[];
  /** Undefined: no handshake, it goes the way of a delivery. `judgement` is what `judge` said of it; `from` is kept with a secret that it brings. */
  answer(
    request: SignedRequest,
    judgement: Judgement,
    at: number,
    from: RequestOrigin,
  ): Promise<Reply | { readonly refused: RefusalReason } | undefined>;
}

/** Makes ready what endpoints say of their access. */
export interface Guards {
  /** Undefined: anybody may ask, and it costs nothing. */
  guardOf(plugin: PluginKey, endpoint: Endpoint): Guard | undefined;
  /** What is wrong with an endpoint's access, in words, beyond its shape: an unknown kind of sender, a bad network. */
  issues(endpoint: Endpoint): readonly string[];
}
