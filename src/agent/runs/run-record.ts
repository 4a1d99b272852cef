import type { RunBudget } from '../../core/agent-run';

/** What became of a run. `refused`: it never began. */
export type RunState = 'queued' | 'running' | 'done' | 'failed' | 'refused';

/** A tool that a run called. */
export interface CalledTool {
  readonly tool: string;
  readonly ok: boolean;
}

/** One run, as it is kept. */
export interface RunRecord {
  readonly plugin: string;
  readonly prompt: string;
  /** What came from elsewhere, by what asked; of several requests that were folded, all of theirs. Empty once it ended. */
  readonly texts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly channel?: string;
  /** As the request has it, narrowed by its endpoint. */
  readonly tools: readonly string[];
  readonly only?: readonly string[];
  readonly budget: Required<{ [N in keyof RunBudget]: number }>;
  readonly deliver: 'announce' | 'none';
  readonly context: 'isolated' | 'channel';
  /** `POST /github` of the endpoint whose request asked. */
  readonly endpoint?: string;
  /** How many runs caused one another up to this one: 1 where none did. */
  readonly depth: number;
  readonly state: RunState;
  /** It has begun: nothing is folded into it any more. */
  readonly isClosed: boolean;
  /** Epoch ms, like the other times. */
  readonly requestedAt: number;
  readonly endedAt?: number;
  /** How many were folded into it, the first among them. */
  readonly requests: number;
  readonly steps: number;
  readonly tokens: number;
  readonly calls: readonly CalledTool[];
  /** What it said last, cut to 8,000 characters. */
  readonly answer?: string;
  /** Why it was refused, failed, or waits; empty where nothing is to be said. */
  readonly reason?: string;
}

/** Documents of the host's own store. */
export const RUNS = 'agent-runs';
export const FOLDS = 'agent-folds';
export const TRANSCRIPTS = 'agent-transcripts';
export const TOKENS = 'agent-tokens';
export const ECHOES = 'agent-echoes';
export const STARTS = 'agent-starts';
