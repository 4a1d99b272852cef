import type { Verified } from '../declaration';
import type { RefusalReason } from '../signed-request';
import type { BulkStep, Page, PageRequest } from './inbox-desk';
import type { RefusedRequest } from './quarantine';

/** Everything given must hold. */
export interface RefusalFilter {
  readonly plugin?: string | undefined;
  /** An endpoint, as `POST /path`. */
  readonly name?: string | undefined;
  readonly reason?: RefusalReason | undefined;
  readonly ip?: string | undefined;
  /** Epoch ms: received at or after. */
  readonly since?: number | undefined;
  /** Epoch ms: before. */
  readonly until?: number | undefined;
}
export type RefusalSelection = { readonly ids: readonly string[] } | { readonly filter: RefusalFilter };

export interface RefusalSummary {
  readonly id: string;
  readonly plugin: string;
  /** The endpoint, as `POST /path`. */
  readonly name: string;
  /** Of its guard, e.g. `github`. */
  readonly scheme: string;
  readonly reason: RefusalReason;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly method: string;
  /** Credentials in it are masked. */
  readonly target: string;
  readonly ip: string;
  readonly requestId: string;
  /** As received; undefined where it was refused before its body was read. */
  readonly bodyBytes: number | undefined;
}
export interface RefusalDetail extends RefusalSummary {
  /** In order; credentials are masked. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /**
   * The raw bytes, base64, secrets masked; undefined where it was not read, was too large to be kept, or is compressed and
   * cannot be shown without a secret in it.
   */
  readonly body: string | undefined;
}
/** How often an endpoint refused for one reason, among what is kept. */
export interface RefusalCount {
  readonly plugin: string;
  readonly name: string;
  readonly scheme: string;
  readonly reason: RefusalReason;
  readonly count: number;
  /** Epoch ms. */
  readonly latestAt: number;
  /** The last of them. */
  readonly latestId: string;
}
export interface RefusalCounts {
  readonly counts: readonly RefusalCount[];
  /** How many this host did not keep since it started: too many came at once. */
  readonly dropped: number;
}

/**
 * The operator's view of refused requests. Rejects with inbox/unavailable when the store cannot be reached, and
 * inbox/bad-request for what makes no sense.
 */
export interface QuarantineDesk {
  /** Newest first. */
  refusals(filter: RefusalFilter, page?: PageRequest): Promise<Page<RefusalSummary>>;
  /** By its id, or the latest of a request id. @throws inbox/not-found */
  refusal(id: string): Promise<RefusalDetail>;
  counts(filter: RefusalFilter): Promise<RefusalCounts>;
  /** One step of at most some hundred; without `after` it begins with what is there now. */
  purge(selection: RefusalSelection, after?: string): Promise<BulkStep>;
}

/** A request that is kept, whole and opened: for code that judges it again, never for anybody to look at. */
export type KeptRequest =
  | ({
      readonly kind: 'refused';
      readonly id: string;
      readonly bodyBytes: number | undefined;
    } & RefusedRequest)
  | {
      readonly kind: 'receipt';
      readonly id: string;
      readonly plugin: string;
      /** The endpoint, as `POST /path`. */
      readonly name: string;
      /** Epoch ms. */
      readonly receivedAt: number;
      readonly verified: Verified | undefined;
    };

/** Finds what is kept of a request: what was refused, and receipts of what was not. */
export interface KeptRequests {
  /** By its id, or the latest refused one of a request id. @throws inbox/not-found, inbox/unavailable, host/cannot-unseal */
  find(id: string): Promise<KeptRequest>;
}
