import type { Task } from '../../core/declaration';
import { toError } from '../../core/errors';
import { GiveUp, isGiveUp, type Job } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { ToolCalls } from '../../core/tool-call';
import { sinkOf } from '../../core/work-sink';
import type { ChatCompletions } from './chat-completions';
import { converse, type Outcome, type Said } from './run-conversation';
import { firstMessages, labelled } from './run-prompt';
import { RUNS, TOKENS, TRANSCRIPTS, type RunRecord } from './run-record';
import type { RunRetention } from './run-retention';
import { RUN_TASK, type RunStartParts } from './run-start';
import { RunTools } from './run-tools';
import { Fence, shortened } from './untrusted-text';

export interface RunTaskParts extends RunStartParts {
  readonly tools: ToolCalls;
  readonly retention: RunRetention;
  /** Undefined where no model is configured. */
  readonly completions: ChatCompletions | undefined;
}

const RETRY = { attempts: 6, backoff: [5_000, 30_000, 120_000, 600_000, 3_600_000] };
const DAY_MS = 86_400_000;
/** Longer than a run may ask for. */
const LONGEST_MS = 3_900_000;
const ANSWER_CHARACTERS = 8_000;
/** Of one message; a channel takes 256 KiB. */
const SAID_CHARACTERS = 60_000;
type Run = RunRecord & { readonly id: string };

/** The task that works runs, at most `agent.concurrency` at once on this host. */
export function runTask(parts: RunTaskParts): Task {
  return {
    kind: 'task',
    origin: { dialect: 'host', where: 'runs of the agent' },
    name: RUN_TASK,
    retry: RETRY,
    timeoutMs: LONGEST_MS,
    concurrency: parts.settings.concurrency,
    run: (payload, job) => work(parts, String((payload as { run?: unknown }).run), job),
  };
}

/** What a run ends with is written through the job: its state and what it says are there together, or it is worked again. */
async function work(parts: RunTaskParts, id: string, job: Job): Promise<void> {
  const record = await parts.records.settle<RunRecord>(RUNS, id, (before) =>
    before === undefined || isOver(before)
      ? undefined
      : { ...before, state: 'running', isClosed: true, reason: '' },
  );
  if (record === undefined || isOver(record)) return;
  const run = { ...record, id };
  try {
    if (parts.completions === undefined) await deliverPrompt(parts, run, job);
    else await finish(parts, run, await converseFor(parts, parts.completions, run, job), job);
  } catch (thrown) {
    await failed(parts, run, thrown, job);
    throw thrown;
  }
  await parts.retention.tidy().catch((thrown: unknown) => {
    parts.logger.warn(`old runs could not be forgotten: ${toError(thrown).message}`);
  });
}

const isOver = ({ state }: RunRecord) => state === 'done' || state === 'refused';

async function converseFor(
  parts: RunTaskParts,
  completions: ChatCompletions,
  run: Run,
  job: Job,
): Promise<Outcome> {
  const { records, channels, causality } = parts;
  const tools = new RunTools(parts.tools, run);
  if (tools.offered.length === 0 && run.tools.some((tool) => !tool.endsWith('*')))
    parts.logger.warn(`a run of the agent may call none of the tools it names: ${run.tools.join(', ')}`, {
      ...{ plugin: run.plugin, run: run.id },
    });
  const kept = await records.store.get<Said>(TRANSCRIPTS, run.id);
  const { steps, tokens, calls: called } = run;
  const begun = kept?.data ?? { messages: await firstMessages(channels, run), steps, tokens, called };
  return converse(
    {
      ...{ completions, calls: parts.tools, causality },
      mayGoOn: () => waitForTokens(parts, run, job),
      spent: async (more) => void (await records.addUpTo(TOKENS, today(parts), more)),
      keep: (said) => keepSaid(parts, run.id, said),
    },
    ...([run, tools, begun, job] as const),
  );
}

async function finish(parts: RunTaskParts, run: Run, outcome: Outcome, job: Job): Promise<void> {
  const { text, steps, tokens, called, cutShort = '' } = outcome;
  const note = cutShort === '' ? '' : `\n[ended early: ${cutShort}]`;
  if (run.deliver === 'announce') {
    await parts.causality.wrote(run.depth, text);
    await say(parts, run, job, `${text === '' ? 'The run ended without a word.' : text}${note}`);
  }
  const answer = shortened(text, ANSWER_CHARACTERS);
  await end(parts, run, job, { steps, tokens, calls: called, answer, reason: cutShort });
}

/** Nobody works it: whoever reads the channel does, and that may be an agent, so that the texts are fenced here too. */
async function deliverPrompt(parts: RunTaskParts, run: Run, job: Job): Promise<void> {
  const reason = 'no agent is configured on this host (agent.url)';
  if (run.channel === undefined) throw new GiveUp(`${reason}, and the run names no channel`);
  const fence = new Fence();
  const texts = Object.entries(labelled(run)).map(([label, text]) => fence.around(label, text));
  const rule = texts.length === 0 ? [] : [fence.rule];
  await say(parts, run, job, [`For the agent (${reason}):`, run.prompt, ...rule, ...texts].join('\n\n'));
  await end(parts, run, job, { reason: `${reason}: its prompt was delivered` });
}

async function say({ channels }: RunTaskParts, run: Run, job: Job, text: string): Promise<void> {
  const face = channels.of(run.plugin as PluginKey, sinkOf(job));
  await face.sendText(String(run.channel), shortened(text, SAID_CHARACTERS));
}

/** With the job's success; the job's plugin is the host, whose documents these are. */
async function end(
  { records }: RunTaskParts,
  { id }: Run,
  job: Job,
  outcome: Partial<RunRecord>,
): Promise<void> {
  const endedAt = records.clock.now();
  await job.store.update<RunRecord>(RUNS, id, { ...outcome, state: 'done', texts: {}, endedAt });
  await job.store.delete(TRANSCRIPTS, id);
}

/** What is too large to be kept is not: an interrupted run begins anew then, and what it spent counts on. */
async function keepSaid(parts: RunTaskParts, id: string, said: Said): Promise<void> {
  const { records, logger } = parts;
  const { steps, tokens, called } = said;
  await note(parts, id, { steps, tokens, calls: called });
  try {
    await records.settle(TRANSCRIPTS, id, () => ({ ...said, at: records.clock.now() }));
  } catch (thrown) {
    logger.warn(`how far a run came could not be kept: ${toError(thrown).message}`, { run: id });
    await records.store.delete(TRANSCRIPTS, id);
  }
}

async function failed(parts: RunTaskParts, run: Run, thrown: unknown, job: Job): Promise<void> {
  if (waiting.has(job)) return;
  const isLast = isGiveUp(thrown) || job.attempt >= RETRY.attempts;
  const reason = shortened(toError(thrown).message, 2_000);
  const ended = { state: 'failed', texts: {}, endedAt: parts.records.clock.now() } as const;
  try {
    await note(parts, run.id, { reason, ...(isLast ? ended : { state: 'queued' }) });
  } catch (error) {
    parts.logger.warn(`a run's end could not be noted: ${toError(error).message}`, { run: run.id });
  }
  if (!isLast && !job.signal.aborted)
    parts.logger.warn(`a run of the agent failed and is tried again: ${reason}`, {
      ...{ plugin: run.plugin, run: run.id },
    });
}

async function note({ records }: RunTaskParts, id: string, change: Partial<RunRecord>): Promise<void> {
  await records.settle<RunRecord>(RUNS, id, (before) => before && { ...before, ...change });
}

/** Jobs that were put off, which is no failure. */
const waiting = new WeakSet<Job>();

/** Puts the run off to the next day (UTC) while this one's tokens are used up; that counts as no attempt. */
async function waitForTokens(parts: RunTaskParts, run: Run, job: Job): Promise<void> {
  const { records, settings } = parts;
  const used = await records.store.get<{ count: number }>(TOKENS, today(parts));
  if ((used?.data.count ?? 0) < settings.tokensPerDay) return;
  const now = records.clock.now();
  await note(parts, run.id, { state: 'queued', reason: "the day's tokens are used up" });
  waiting.add(job);
  await job.waitFor(`tokens-${now}`, { timeoutMs: DAY_MS - (now % DAY_MS) });
}

const today = ({ records }: RunTaskParts) => new Date(records.clock.now()).toISOString().slice(0, 10);
