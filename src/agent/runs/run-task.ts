import type { Logger } from 'winston';
import type { Task } from '../../core/declaration';
import { toError } from '../../core/errors';
import { GiveUp, isGiveUp, isRetryAfter, RetryAfter, type Job } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { Channels } from '../../core/ports/channels';
import type { ToolCalls } from '../../core/tool-call';
import { sinkOf } from '../../core/work-sink';
import { ChatCompletions, type ChatMessage } from './chat-completions';
import { addUpTo, settleDocument } from './counter';
import { converse, type Outcome, type Said } from './run-conversation';
import { RUNS, TOKENS, TRANSCRIPTS, type RunRecord } from './run-record';
import { RUN_TASK, type RunStartParts } from './run-start';
import { RunTools } from './run-tools';
import { Fence, shortened } from './untrusted-text';

export interface RunTaskParts extends RunStartParts {
  readonly tools: ToolCalls;
  readonly channels: Channels;
  /** Undefined where no model is configured. */
  readonly completions: ChatCompletions | undefined;
  readonly logger: Logger;
}

const RETRY = { attempts: 6, backoff: [5_000, 30_000, 120_000, 600_000, 3_600_000] };
const DAY_MS = 86_400_000;
const LONGEST_MS = 3_600_000;
const ANSWER_CHARACTERS = 8_000;
const HISTORY = 30;
type Run = RunRecord & { readonly id: string };

/** The task that works runs, at most `agent.concurrency` at once on this host. */
export function runTask(parts: RunTaskParts): Task {
  return {
    kind: 'task',
    origin: { dialect: 'native', where: 'the host' },
    name: RUN_TASK,
    retry: RETRY,
    timeoutMs: LONGEST_MS,
    concurrency: parts.settings.concurrency,
    run: (payload, job) => work(parts, String((payload as { run?: unknown }).run), job),
  };
}

async function work(parts: RunTaskParts, id: string, job: Job): Promise<void> {
  const record = await settleDocument<RunRecord>(parts.store, RUNS, id, (before) =>
    before === undefined || before.state === 'done'
      ? undefined
      : { ...before, state: 'running', isClosed: true },
  );
  // Removed, or done by an attempt whose end was not heard of.
  if (record === undefined || record.state === 'done') return;
  const run = { ...record, id };
  try {
    if (parts.completions === undefined) await deliverPrompt(parts, run, job);
    else await finish(parts, run, await converseFor(parts, parts.completions, run, job), job);
  } catch (thrown) {
    await failed(parts, run, thrown, job);
    throw thrown;
  }
  await parts.causality.tidy();
}

async function converseFor(
  parts: RunTaskParts,
  completions: ChatCompletions,
  run: Run,
  job: Job,
): Promise<Outcome> {
  await waitForTokens(parts);
  const kept = await parts.store.get<Said>(TRANSCRIPTS, run.id);
  const begun = kept?.data ?? {
    ...{ messages: await firstMessages(parts, run), steps: 0, tokens: 0, called: [] },
  };
  const day = today(parts);
  return converse(
    {
      ...{ completions, calls: parts.tools, causality: parts.causality },
      spent: async (tokens) => void (await addUpTo(parts.store, TOKENS, day, tokens)),
      // Too large to be kept: an interrupted run begins anew.
      keep: (said) => settleDocument<Said>(parts.store, TRANSCRIPTS, run.id, () => said).then(ignore, ignore),
    },
    run,
    new RunTools(parts.tools, run),
    begun,
    {
      signal: AbortSignal.any([job.signal, AbortSignal.timeout(run.budget.timeoutMs)]),
      progress: job.progress,
    },
  );
}

async function finish(parts: RunTaskParts, run: Run, outcome: Outcome, job: Job): Promise<void> {
  const { text, steps, tokens, called, cutShort } = outcome;
  const note = cutShort === undefined ? '' : `\n[ended early: ${cutShort}]`;
  if (run.deliver === 'announce' && run.channel !== undefined) {
    await parts.causality.wrote(run.depth, text);
    await say(parts, run, job, `${text === '' ? 'The run ended without a word.' : text}${note}`);
  }
  await close(parts, run.id, {
    ...{ state: 'done', steps, tokens, calls: called },
    answer: shortened(text, ANSWER_CHARACTERS),
    ...(cutShort !== undefined && { reason: cutShort }),
  });
  await parts.store.delete(TRANSCRIPTS, run.id);
}

/** Nobody works it: whoever reads the channel does. */
async function deliverPrompt(parts: RunTaskParts, run: Run, job: Job): Promise<void> {
  const reason = 'no agent is configured on this host (agent.url)';
  if (run.channel === undefined)
    throw new GiveUp(`${reason}, and the run names no channel to deliver its prompt to`);
  const texts = Object.entries(labelled(run)).map(([label, text]) => `[${label}]\n${text}`);
  await say(parts, run, job, [`For the agent (${reason}):`, run.prompt, ...texts].join('\n\n'));
  await close(parts, run.id, { state: 'done', reason: `${reason}: its prompt was delivered` });
}

async function say({ channels }: RunTaskParts, run: Run, job: Job, text: string): Promise<void> {
  await channels.of(run.plugin as PluginKey, sinkOf(job)).sendText(String(run.channel), text);
}

async function failed(parts: RunTaskParts, run: Run, thrown: unknown, job: Job): Promise<void> {
  const isLast = isGiveUp(thrown) || job.attempt >= RETRY.attempts;
  const reason = shortened(toError(thrown).message, 2_000);
  const change: Partial<RunRecord> = isLast ? { state: 'failed', reason } : { state: 'queued', reason };
  await close(parts, run.id, change).catch((error: unknown) =>
    parts.logger.warn(`a run's end could not be noted: ${toError(error).message}`, { run: run.id }),
  );
  if (!isLast && !isRetryAfter(thrown) && !job.signal.aborted)
    parts.logger.warn(`a run of the agent failed and is tried again: ${reason}`, {
      ...{ plugin: run.plugin, run: run.id },
    });
}

async function close({ store, clock }: RunTaskParts, id: string, change: Partial<RunRecord>): Promise<void> {
  await settleDocument<RunRecord>(store, RUNS, id, (before) =>
    before === undefined ? undefined : { ...before, ...change, endedAt: clock.now() },
  );
}

/** @throws RetryAfter for the next day (UTC) while this one's tokens are used up */
async function waitForTokens(parts: RunTaskParts): Promise<void> {
  const used = await parts.store.get<{ count: number }>(TOKENS, today(parts));
  if ((used?.data.count ?? 0) < parts.settings.tokensPerDay) return;
  throw new RetryAfter(DAY_MS - (parts.clock.now() % DAY_MS), "the day's tokens are used up");
}

const today = ({ clock }: RunTaskParts) => new Date(clock.now()).toISOString().slice(0, 10);
const ignore = () => undefined;

async function firstMessages({ channels }: RunTaskParts, run: Run): Promise<ChatMessage[]> {
  const fence = new Fence();
  const texts = Object.entries(labelled(run)).map(([label, text]) => fence.around(label, text));
  if (run.context === 'channel' && run.channel !== undefined) {
    const said = await channels.history(run.channel, HISTORY);
    const lines = said.map(({ from, text }) => `${from}: ${text}`);
    if (lines.length > 0) texts.unshift(fence.around(`what was said in ${run.channel}`, lines.join('\n')));
  }
  const system = `You are an agent working for the plugin ${run.plugin}. ${fence.rule}`;
  return [
    { role: 'system', content: system },
    { role: 'user', content: [run.prompt, ...texts].join('\n\n') },
  ];
}

/** The texts of all requests that were folded, each with a label of its own. */
function labelled({ texts }: RunRecord): Record<string, string> {
  const sources = Object.values(texts);
  const entries = sources.flatMap((named, index) =>
    Object.entries(named).map(([label, text]) => [
      sources.length === 1 ? label : `${label} (${index + 1} of ${sources.length})`,
      text,
    ]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}
