import type { LiveSecret } from '../../core/ports/secrets';
import { reply, type Reply, type ReplyHeaders } from '../../core/reply';
import type { RefusalReason, SignedRequest } from '../../core/signed-request';

/** What a handshake is answered with. */
export type HandshakeAnswer =
  | {
      readonly reply: Reply;
      /** A secret that the sender chose, unverified: it counts once an operator has approved it. Never to be logged. */
      readonly pendingSecret?: string;
      /** An address of the sender's to be read before the reply goes out; 503 instead of it when that fails. */
      readonly visit?: string;
      /** The sender says it will send no more. */
      readonly ended?: true;
    }
  | { readonly refused: RefusalReason };

export interface HandshakeAsked {
  readonly request: SignedRequest;
  /** Live values of the endpoint's secrets; empty ones are none. */
  readonly secrets: readonly LiveSecret[];
  readonly expect: Readonly<Record<string, string>>;
  /** Epoch ms. */
  readonly at: number;
  /** Whether the endpoint's own scheme accepted this request. */
  readonly verified: boolean;
}

/** How one kind of sender makes sure of an endpoint before it sends. */
export interface Handshake {
  readonly methods: readonly ('GET' | 'POST' | 'HEAD' | 'OPTIONS')[];
  /**
   * `first`: only a request that the endpoint's scheme accepted is one. `itself`: the handshake has a proof of its own and
   * judges it. `none`: anybody may ask, and is told nothing that helps.
   */
  readonly verify: 'first' | 'itself' | 'none';
  /** What of `expect` it needs, in words. */
  readonly needs?: string;
  /** The members of `expect` that it reads. */
  readonly expects?: readonly string[];
  readonly source: string;
  /** Undefined: not a handshake. @throws Refusal, and anything for what is malformed */
  answer(asked: HandshakeAsked): HandshakeAnswer | undefined;
}

/** Longer challenges belong to nobody's protocol. */
const MOST_CHALLENGE_BYTES = 1_024;

/** Echoes are never a page, and never kept. */
const SAFE: ReplyHeaders = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };

export function textAnswer(text: string): HandshakeAnswer {
  return { reply: reply(200, text, { 'content-type': 'text/plain; charset=utf-8', ...SAFE }) };
}

export function jsonAnswer(body: object): HandshakeAnswer {
  return { reply: reply(200, body, SAFE) };
}

export function emptyAnswer(status: 200 | 204, headers: ReplyHeaders = {}): HandshakeAnswer {
  return { reply: reply(status, undefined, { ...SAFE, ...headers }) };
}

/** True for a text that is short enough to be a challenge. */
export function isShort(text: string): boolean {
  return text !== '' && Buffer.byteLength(text) <= MOST_CHALLENGE_BYTES;
}

/** True for what may stand in a header: visible characters of ASCII. */
export function isVisible(text: string): boolean {
  return isShort(text) && /^[\x21-\x7e]+$/.test(text);
}
