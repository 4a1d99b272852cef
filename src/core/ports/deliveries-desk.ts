import type { JobDetail, ReceiptDetail } from './inbox-desk';

/** What one stored request came to. */
export interface DeliveryTimeline {
  readonly receipt: ReceiptDetail;
  /** What its sender was judged by, in words. */
  readonly verdict: string;
  /** By what a further delivery of the same would be recognised, and until when (epoch ms); undefined: by nothing. */
  readonly dedupe: { readonly by: string; readonly until: number } | undefined;
  /** Its jobs with their attempts, oldest first. */
  readonly jobs: readonly JobDetail[];
  /** Messages, runs of the agent and other jobs that these jobs caused; at most 100, oldest first. */
  readonly caused: readonly CausedWork[];
}
export interface CausedWork {
  readonly kind: 'message' | 'run' | 'mail' | 'event' | 'job';
  readonly jobId: string;
  readonly plugin: string;
  readonly name: string;
  readonly state: string;
  readonly at: number;
  /** For people: a chat, a task's name, the type of an event. */
  readonly label: string;
}

/** One delivery, looked at closely. */
export interface DeliveriesDesk {
  /** @throws inbox/not-found, inbox/unavailable */
  timeline(receiptId: string): Promise<DeliveryTimeline>;
  /**
   * The request as a test fixture: method, path, headers and body as JSON, credentials, signatures, cookies, live secrets and
   * what looks like a token replaced, wherever it stands. @throws inbox/not-found, inbox/unavailable
   */
  fixture(receiptId: string): Promise<{ readonly filename: string; readonly text: string }>;
}
