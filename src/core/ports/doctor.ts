import type { RefusalReason } from '../signed-request';
import type { RefusalCount } from './quarantine-desk';

/** In which way a request that would pass differs from the one that was refused. */
export type NearMissKind =
  | 'secret'
  | 'secret-form'
  | 'clock'
  | 'time-unit'
  | 'body'
  | 'scheme'
  | 'prefix'
  | 'encoding'
  | 'hash'
  | 'header'
  | 'address'
  /** It brings a secret that the sender chose, and there is no room for it. */
  | 'set-up'
  | 'nothing';

/** What would have passed. */
export interface NearMiss {
  readonly kinds: readonly NearMissKind[];
  /** What would have been different, in words. */
  readonly what: string;
  /** What to do about it. */
  readonly next: string;
  readonly scheme: string;
  /** The secret that verifies then; its value is told nobody. */
  readonly secret: { readonly plugin: string; readonly name: string; readonly id: string } | undefined;
}

/** What is known of one request: why it was refused, and what would have passed; or what verified it. */
export interface Diagnosis {
  readonly id: string;
  readonly kind: 'refused' | 'receipt';
  readonly plugin: string;
  /** The endpoint, as `POST /path`. */
  readonly name: string;
  readonly scheme: string | undefined;
  /** Undefined of a receipt. */
  readonly reason: RefusalReason | undefined;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** One line: what was wrong. */
  readonly summary: string;
  readonly wouldPass: readonly NearMiss[];
  /** What is odd about the request, names only. */
  readonly seen: readonly string[];
  /** What to do, most promising first. */
  readonly next: readonly string[];
  /** How many near misses were tried, and whether that is all there are. */
  readonly tried: number;
  readonly isComplete: boolean;
}

/** The last refusal of an endpoint; `count` is of all its refusals that are kept, whatever their reason. */
export interface LatestRefusal extends RefusalCount {
  /** One line. */
  readonly summary: string;
}

export interface RefusalOverview {
  /** Latest first. */
  readonly refusals: readonly LatestRefusal[];
  /** How many endpoints there are besides. */
  readonly more: number;
}

/**
 * Judges refused requests again, as they came and as they might have come. Nothing it answers holds a secret. The work for
 * one request is bounded, in time and in tries, and done in short pieces.
 */
export interface Doctor {
  /** By its id, or the latest of a request id. @throws inbox/not-found, inbox/unavailable, host/cannot-unseal */
  diagnose(id: string): Promise<Diagnosis>;
  /** The latest of each endpoint, at most some twenty, with a line each. @throws inbox/unavailable */
  overview(plugin?: string): Promise<RefusalOverview>;
}
