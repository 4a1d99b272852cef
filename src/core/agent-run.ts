import type { Exchange } from './exchange';
import type { Job } from './job';
import type { ToolContext } from './tool-call';

/** What a run may spend. */
export interface RunBudget {
  /** Answers of the model. Default 20. */
  readonly steps?: number | undefined;
  /** Prompt and completion together. Default 100,000. */
  readonly tokens?: number | undefined;
  /** Of one attempt. Default 300,000. */
  readonly timeoutMs?: number | undefined;
}

/** Work for the agent. */
export interface AgentRunRequest {
  /** What it is to do; the author's own words. Text that came from elsewhere belongs into `untrusted`. */
  readonly prompt: string;
  /**
   * Text that came from elsewhere, by what it is: given to the model fenced and labelled as data it must not obey. What is no
   * string is written as JSON.
   */
  readonly untrusted?: Readonly<Record<string, unknown>> | undefined;
  /** Where it is delivered, and whose history `context: 'channel'` reads: a chat key. */
  readonly channel?: string | undefined;
  /** Tools it may call: names of this plugin's, or `<key>/<name>`, `<key>/*`, `*`. Default: this plugin's own. */
  readonly tools?: readonly string[] | undefined;
  readonly budget?: RunBudget | undefined;
  /** `announce` (default where there is a channel): what it says last is sent to the channel. */
  readonly deliver?: 'announce' | 'none' | undefined;
  /** `isolated` (default): it knows nothing but this. `channel`: the last messages of the channel too. */
  readonly context?: 'isolated' | 'channel' | undefined;
  /**
   * Requests of one key within `agent.foldMs` of the first become one run, whose untrusted texts are all of theirs. Default: by
   * endpoint and prompt, where `from` is an exchange; else none are folded.
   */
  readonly foldKey?: string | undefined;
  /**
   * What asks: an exchange, whose endpoint's limits hold and whose bytes are searched for what earlier runs caused; a job; or the
   * context of a tool, which knows the run that called it. A tool that starts runs without it can go round in a circle.
   */
  readonly from?: Exchange | Job | ToolContext | undefined;
}

export interface AgentRunStarted {
  /** Of the run. */
  readonly id: string;
  /** `folded`: it joins a run that was asked for before. `refused`: it would go round in a circle, or the endpoint's runs are spent; logged. */
  readonly state: 'queued' | 'folded' | 'refused';
}

/** The agent, for one plugin. */
export interface Agent {
  /**
   * Resolves once the run is stored. Without a configured model the prompt is delivered to the channel instead, and says so.
   * @throws agent/bad-request, channel/invalid-key, channel/unknown, inbox/unavailable
   */
  run(request: AgentRunRequest): Promise<AgentRunStarted>;
}
