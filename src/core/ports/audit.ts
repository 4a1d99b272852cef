import type { Page, PageRequest } from './inbox-desk';

/** One change that somebody made, or tried to make. No secret stands in it. */
export interface AuditEntry {
  readonly id: string;
  /** Epoch ms. */
  readonly at: number;
  /** The name of a token, or `operator`. */
  readonly who: string;
  /** How it was asked for. */
  readonly via: 'console' | 'socket' | 'token' | 'mcp' | 'host';
  /** Address of the caller; undefined where there is none. */
  readonly ip: string | undefined;
  /** Of the operation, e.g. `plugins.disable`. */
  readonly verb: string;
  /** What was changed, e.g. `acme.ci`; empty where the verb says it all. */
  readonly subject: string;
  /** What it was before, and what it is to be, as JSON; secrets are named, never told. */
  readonly before: unknown;
  readonly after: unknown;
  /** `done`, or the code of what it failed with; `begun` where it goes on for as long as somebody takes it. */
  readonly outcome: string;
}
export type AuditRecord = Omit<AuditEntry, 'id' | 'at'>;

/** Everything given must hold. */
export interface AuditFilter {
  readonly who?: string | undefined;
  readonly verb?: string | undefined;
  readonly subject?: string | undefined;
  /** Epoch ms: at or after. */
  readonly since?: number | undefined;
  /** Epoch ms: before. */
  readonly until?: number | undefined;
}

/** What was changed, by whom. Entries are kept for `audit.keepMs`. */
export interface AuditLog {
  /**
   * Stores an entry; resolves when it is committed. Where the store cannot be reached it is logged instead, and this
   * resolves all the same: what was done is done.
   */
  record(record: AuditRecord): Promise<void>;
  /** Newest first. @throws inbox/unavailable, inbox/bad-request */
  list(filter: AuditFilter, page?: PageRequest): Promise<Page<AuditEntry>>;
}
