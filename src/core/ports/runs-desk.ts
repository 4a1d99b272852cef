export const RUN_STATES = ['queued', 'running', 'done', 'failed', 'refused'] as const;

/** One run of the agent, as operators see it. Times are epoch ms. */
export interface AgentRunSummary {
  readonly id: string;
  readonly plugin: string;
  readonly prompt: string;
  readonly channel: string | undefined;
  /** Whose request asked. */
  readonly endpoint: string | undefined;
  /** How many runs caused one another up to this one. */
  readonly depth: number;
  readonly state: (typeof RUN_STATES)[number];
  readonly requestedAt: number;
  readonly endedAt: number | undefined;
  /** How many were folded into it, the first among them. */
  readonly requests: number;
  readonly steps: number;
  readonly tokens: number;
  readonly calls: readonly { readonly tool: string; readonly ok: boolean }[];
  readonly answer: string | undefined;
  readonly reason: string | undefined;
}
export interface RunQuery {
  readonly plugin?: string | undefined;
  readonly state?: AgentRunSummary['state'] | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
export interface RunPage {
  /** The latest first. */
  readonly runs: readonly AgentRunSummary[];
  readonly cursor: string | undefined;
}
export interface RunsDesk {
  /** @throws inbox/unavailable, store/bad-query for a cursor of another list */
  list(query: RunQuery): Promise<RunPage>;
  find(id: string): Promise<AgentRunSummary | undefined>;
}
