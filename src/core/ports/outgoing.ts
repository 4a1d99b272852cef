import type { RequestHeaders } from '../exchange';
import type { Enqueued, EnqueueOptions, Job } from '../job';
import type { Retry } from '../retry';

export type OutgoingMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface OutgoingOptions {
  /** Sent as they are. `host`, `content-length` and what concerns the connection are the host's. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /** Instead of `body`: sent as `application/json`. */
  readonly json?: unknown;
  /** For everything: waiting for a turn, all attempts, all redirects, the whole body. Default 30,000; at most 600,000. */
  readonly timeoutMs?: number | undefined;
  /** Largest body taken, its content encoding undone. Default 10 MiB; at most 1 GiB. */
  readonly maxBytes?: number | undefined;
  /**
   * Further attempts when no answer comes, or 429, 502, 503 or 504; `Retry-After` is honoured where there is time for it.
   * Default 2. What is not idempotent (POST, PATCH) is repeated only with an `Idempotency-Key` header, and by default not.
   */
  readonly retries?: number | undefined;
  /** `follow` (default): at most five, each one checked as the first. `manual`: the redirect is the answer. */
  readonly redirect?: 'follow' | 'manual' | 'error' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Any answer: a status of 400 or above is none the less one, and is not thrown. */
export interface OutgoingAnswer {
  readonly status: number;
  /** 200–299. */
  readonly ok: boolean;
  /** Where it came from, after redirects. */
  readonly url: string;
  readonly headers: RequestHeaders;
  /** Its content encoding undone; such a body's `content-encoding` and `content-length` are left out of `headers`. */
  readonly raw: Buffer;
  /** As UTF-8. */
  text(): string;
  /** @throws outgoing/bad-answer when it is no JSON */
  json<T = unknown>(): T;
}

/** One event for somebody else's webhook, as Standard Webhooks 1.0.0 has it. */
export interface OutgoingWebhook {
  readonly url: string;
  /** Of the event, e.g. `invoice.paid`. */
  readonly type: string;
  /** What JSON can say. */
  readonly data: unknown;
  /**
   * Names of this plugin's secrets: `whsec_…` signs as `v1`, `whsk_…` as `v1a`. Looked up when it is sent, and every live
   * value signs, so the receiver may rotate.
   */
  readonly secret: string | readonly string[];
  /** `webhook-id`, the same for all attempts: what the receiver knows duplicates by. Default: a random one. */
  readonly id?: string | undefined;
}

/**
 * Requests to elsewhere, of one plugin: https to public addresses, unless the operator allows more. They end with the
 * generation that sent them, after its leases have drained and its clean-up ran.
 * @throws outgoing/bad-request, outgoing/refused-url, outgoing/refused-address, outgoing/unreachable, outgoing/timeout,
 * outgoing/too-large, outgoing/bad-answer, outgoing/busy, outgoing/closed; the reason of `signal` when that aborts
 */
export interface OutgoingHttp {
  /** Default method GET. */
  request(
    url: string | URL,
    options?: OutgoingOptions & { readonly method?: OutgoingMethod | undefined },
  ): Promise<OutgoingAnswer>;
  get(url: string | URL, options?: OutgoingOptions): Promise<OutgoingAnswer>;
  post(url: string | URL, options?: OutgoingOptions): Promise<OutgoingAnswer>;
  /**
   * Resolves once it is stored: it is sent, and sent again until the receiver answers 2xx, from this process or the next.
   * The plugin declares that with `sendsWebhooks()`.
   * @throws outgoing/webhooks-not-declared, outgoing/bad-request, outgoing/refused-url, outgoing/no-secret,
   * outgoing/bad-secret, inbox/unavailable, inbox/bad-payload
   */
  webhook(webhook: OutgoingWebhook, options?: EnqueueOptions): Promise<Enqueued>;
}

/** What is bound to one generation of a plugin. */
export interface Outgoing {
  readonly http: OutgoingHttp;
  /** Works one job of `WEBHOOK_TASK`; `retry` is that task's. */
  deliverWebhook(payload: unknown, job: Pick<Job, 'attempt' | 'signal'>, retry: Retry): Promise<void>;
}

/** The task that delivers webhooks, in plugins that declare to send some. */
export const WEBHOOK_TASK = 'gatehouse.webhook';
