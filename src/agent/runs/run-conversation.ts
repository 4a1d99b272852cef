import { toError } from '../../core/errors';
import type { Job } from '../../core/job';
import type { ToolCalls } from '../../core/tool-call';
import type { Causality } from './causality';
import type { ChatCompletions, ChatMessage, ToolRequest } from './chat-completions';
import type { CalledTool, RunRecord } from './run-record';
import type { RunTools } from './run-tools';
import { shortened } from './untrusted-text';

export interface ConversationParts {
  readonly completions: Pick<ChatCompletions, 'next'>;
  readonly calls: ToolCalls;
  readonly causality: Causality;
  /** Ends the attempt until the next day while this one's tokens are used up. */
  mayGoOn(): Promise<void>;
  /** Counts what was spent, for the day and for the run. */
  spent(tokens: number): Promise<void>;
  /** Keeps what was said so far: a run that is interrupted goes on there. */
  keep(said: Said): Promise<void>;
}

/** How far a run has come. */
export interface Said {
  readonly messages: readonly ChatMessage[];
  readonly steps: number;
  readonly tokens: number;
  readonly called: readonly CalledTool[];
  /** What it said last. */
  readonly text?: string;
}

export interface Outcome extends Said {
  readonly text: string;
  /** Why it ended before the model was through. */
  readonly cutShort: string | undefined;
}

/** Of what a tool gives, as the model sees it. */
const RESULT_CHARACTERS = 20_000;

/** Goes back and forth between the model and the tools until it calls none, or its budget is spent. */
export async function converse(
  parts: ConversationParts,
  run: RunRecord & { readonly id: string },
  tools: RunTools,
  begun: Said,
  job: Pick<Job, 'signal' | 'progress'>,
): Promise<Outcome> {
  const time = AbortSignal.timeout(run.budget.timeoutMs);
  const signal = AbortSignal.any([job.signal, time]);
  let said: Said = begun;
  let { text = '' } = begun;
  // It had said all when it was interrupted.
  if (isThrough(begun)) return { ...begun, text, cutShort: undefined };
  const cause = parts.causality.mark(run.depth);
  for (;;) {
    const spent = overBudget(run, said);
    if (spent !== undefined) return { ...said, text, cutShort: spent };
    await parts.mayGoOn();
    const answer = await beforeEnd(time, job.signal, () =>
      parts.completions.next(said.messages, tools.offered, signal),
    );
    if (answer === undefined) return { ...said, text, cutShort: `its ${run.budget.timeoutMs} ms are over` };
    await parts.spent(answer.tokens);
    if (answer.text !== '') text = answer.text;
    const { calls } = answer;
    const own: ChatMessage =
      calls.length === 0
        ? { role: 'assistant', content: answer.text }
        : { role: 'assistant', content: answer.text, tool_calls: calls };
    const messages = [...said.messages, own];
    const called = [...said.called];
    for (const call of calls) {
      const { content, ok } = await callTool(parts, run, tools, call, cause, signal, job.signal);
      messages.push({ role: 'tool', tool_call_id: call.id, content });
      called.push({ tool: call.function.name.slice(0, 128), ok });
    }
    said = { messages, steps: said.steps + 1, tokens: said.tokens + answer.tokens, called };
    job.progress(Math.min(said.steps / run.budget.steps, 0.99), `${said.steps} steps`);
    await parts.keep({ ...said, text });
    if (calls.length === 0) return { ...said, text, cutShort: undefined };
  }
}

/** Undefined when the run's own time is over, and not the attempt's. */
async function beforeEnd<T>(
  time: AbortSignal,
  ending: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  ending.throwIfAborted();
  if (time.aborted) return undefined;
  try {
    return await work();
  } catch (thrown) {
    if (time.aborted && !ending.aborted) return undefined;
    throw thrown;
  }
}

function isThrough({ messages }: Said): boolean {
  const last = messages.at(-1);
  return last?.role === 'assistant' && last.tool_calls === undefined;
}

function overBudget({ budget }: RunRecord, { steps, tokens }: Said): string | undefined {
  if (steps >= budget.steps) return `its ${budget.steps} steps are used up`;
  return tokens >= budget.tokens ? `its ${budget.tokens} tokens are used up` : undefined;
}

async function callTool(
  { calls, causality }: ConversationParts,
  run: RunRecord & { readonly id: string },
  tools: RunTools,
  { function: { name, arguments: given } }: ToolRequest,
  cause: string,
  signal: AbortSignal,
  ending: AbortSignal,
): Promise<{ readonly content: string; readonly ok: boolean }> {
  const entry = tools.get(name);
  if (entry === undefined) return { content: `There is no tool "${name.slice(0, 100)}" here.`, ok: false };
  try {
    const input: unknown = JSON.parse(given);
    // First: what it writes may come back before it has answered.
    await causality.wrote(run.depth, input);
    const { key, name: tool } = entry;
    const caller = { kind: 'agent', id: run.id } as const;
    const result = await calls.call({ key, name: tool, input, caller, signal, cause });
    const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? 'done');
    return { content: shortened(text, RESULT_CHARACTERS), ok: true };
  } catch (thrown) {
    if (ending.aborted) throw thrown;
    return { content: `It failed: ${shortened(toError(thrown).message, 2_000)}`, ok: false };
  }
}
