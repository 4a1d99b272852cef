import type { Agent, AgentRunRequest } from '../../core/agent-run';
import type { Rate, Task } from '../../core/declaration';
import { HostError, toError } from '../../core/errors';
import { HOST_KEY } from '../../core/host-key';
import { GiveUp, isGiveUp, RetryAfter, type Job } from '../../core/job';
import type { PluginKey } from '../../core/plugin-key';
import type { OutgoingHttp } from '../../core/ports/outgoing';
import { retryDelayMs, type Retry } from '../../core/retry';
import type { Adapter, MessageFile, OutgoingMessage } from './adapter';
import type { AdapterTable } from './adapter-table';
import type { AttachmentStore } from './attachments';
import type { ChannelConfigs } from './channel-configs';
import type { ChatHistory } from './chat-history';
import { post, POST_MS, type Posted } from './posting';
import { MESSAGE_TASK, type QueuedMessage } from './queued-message';

export interface MessageTaskParts {
  readonly adapters: AdapterTable;
  readonly configs: ChannelConfigs;
  readonly history: ChatHistory;
  readonly attachments: AttachmentStore;
  readonly http: Pick<OutgoingHttp, 'request'>;
  /** Of channels that have none of their own. */
  readonly rate: Rate | undefined;
  readonly agentOf: ((plugin: PluginKey) => Pick<Agent, 'run'>) | undefined;
  readonly retry: Retry;
  /** The clock of all hosts, epoch ms. */
  readonly now: () => number;
}

/** How long a message goes on by the other side's word alone, without an attempt being counted. */
const BORNE_MS = 86_400_000;
const MARK_AGAIN_MS = 500;
/** A request, and what is read and written around it. */
const ATTEMPT_MS = POST_MS + 30_000;
const SYSTEM_PROMPT =
  'Something was reported to this chat; it is given below. Say to the people in the chat what of it matters to them, and do what they asked for before in such a case. Say nothing where nothing matters.';

/**
 * Sends one message per job; the lane is the chat, so a chat's messages leave one after the other, each before the next is
 * begun.
 *
 *   due ──over the rate, or 429 with a time──▶ waiting: the job's own wait, which counts no attempt ──▶ due
 *    ├──2xx──▶ sent
 *    ├──nothing answers, 408, 425, 429, 5xx──▶ tried again by the retry, no sooner than `Retry-After` ──▶ due … dead letter
 *    └──anything else──▶ dead letter at once
 */
export function messageTask(parts: MessageTaskParts): Task {
  return {
    kind: 'task',
    origin: { dialect: 'host', where: 'messages' },
    name: MESSAGE_TASK,
    retry: parts.retry,
    timeoutMs: ATTEMPT_MS,
    run: (payload, job) => work(parts, payload as QueuedMessage, job),
  };
}

async function work(parts: MessageTaskParts, message: QueuedMessage, job: Job): Promise<void> {
  const state = await parts.history.claim(message, job.id);
  // Sent, but the host died before that was the job's end.
  if (state === 'sent') return;
  if (message.direction === 'in' || message.kind === 'system') {
    await noted(parts, message, job, () => (message.trigger ? startRun(parts, message, job) : undefined));
    return;
  }
  const adapter = parts.adapters.get(message.chatKey);
  const { compose } = adapter;
  if (compose === undefined) {
    await parts.history.mark(message.id, 'sent', undefined);
    const { chatKey, from, kind, text } = message;
    // Operators read these chats, and the log.
    job.log.info(`message to ${chatKey}: ${text}`, { plugin: from, chatKey, kind });
    return;
  }
  const waitMs = await turnOf(parts, message.chatKey);
  if (waitMs > 0) await pause(parts, job, waitMs);
  const posted = await noted(parts, message, job, () => attempt(parts, adapter, compose, message, job));
  if (posted?.kind === 'busy') await pause(parts, job, posted.waitMs);
}

/** Ends this attempt; the job's lane stays its own meanwhile. */
async function pause({ now }: MessageTaskParts, job: Job, waitMs: number): Promise<void> {
  await job.waitFor(`turn-${now() + waitMs}`, { timeoutMs: waitMs });
}

async function turnOf({ history, configs, rate }: MessageTaskParts, chatKey: string): Promise<number> {
  const most = configs.of(chatKey)?.rate ?? rate;
  return most === undefined ? 0 : history.waitMsOf(chatKey, most);
}

/** Runs `act` and writes into the history how it ended. */
async function noted<T>(
  parts: MessageTaskParts,
  { id, direction }: QueuedMessage,
  job: Job,
  act: () => Promise<T> | T,
): Promise<T> {
  const { history, retry } = parts;
  let result: T;
  try {
    result = await act();
  } catch (thrown) {
    if (job.signal.aborted) throw thrown;
    const isLast = isGiveUp(thrown) || job.attempt >= retry.attempts;
    const state = direction === 'in' ? 'received' : isLast ? 'failed' : 'queued';
    await history
      .mark(id, state, toError(thrown).message)
      .catch((error: unknown) => job.log.warn(`the history is not written: ${toError(error).message}`));
    throw thrown;
  }
  const why = isBusy(result) ? result.why : undefined;
  const done = direction === 'in' ? 'received' : 'sent';
  await markSurely(job, () => history.mark(id, why === undefined ? done : 'queued', why));
  return result;
}

/** It is sent: a store that is out of reach for a moment must not have it sent again. */
async function markSurely(job: Job, mark: () => Promise<void>): Promise<void> {
  for (;;)
    try {
      await mark();
      return;
    } catch (thrown) {
      job.signal.throwIfAborted();
      job.log.warn(`the history is not written yet: ${toError(thrown).message}`);
      await new Promise((resolve) => setTimeout(resolve, MARK_AGAIN_MS));
    }
}

const isBusy = (result: unknown): result is Extract<Posted, { kind: 'busy' }> =>
  (result as Partial<Posted> | undefined)?.kind === 'busy';

/** @throws GiveUp, RetryAfter, channel/not-sent, channel/unknown */
async function attempt(
  parts: MessageTaskParts,
  adapter: Adapter,
  compose: NonNullable<Adapter['compose']>,
  message: QueuedMessage,
  job: Job,
): Promise<Posted> {
  const setup = parts.configs.setupOf(message.chatKey);
  const file = await fileOf(parts, message);
  const posted = await post(parts.http, adapter, compose, outgoing(message, file), setup, job.signal);
  if (posted.kind === 'sent') return posted;
  if (posted.kind === 'busy' && parts.now() - message.at < BORNE_MS) return posted;
  if (posted.kind === 'refused')
    throw new GiveUp(new HostError('channel/not-sent', [message.chatKey, posted.why]).message);
  const error = new HostError('channel/not-sent', [message.chatKey, posted.why]);
  if (posted.waitMs === undefined) throw error;
  const planned = retryDelayMs(parts.retry, job.attempt, Math.random()) ?? 0;
  throw new RetryAfter(Math.max(planned, posted.waitMs), error.message);
}

async function fileOf(
  { attachments }: MessageTaskParts,
  { id, chatKey, attachment }: QueuedMessage,
): Promise<MessageFile | undefined> {
  if (attachment === undefined) return undefined;
  const data = await attachments.get(id);
  if (data !== undefined) return { ...attachment, data };
  const why = 'its bytes were removed with the old history; send it again';
  throw new GiveUp(new HostError('channel/bad-attachment', [chatKey, why]).message);
}

function outgoing(
  { id, chatKey, from, kind, text, at }: QueuedMessage,
  file: MessageFile | undefined,
): OutgoingMessage {
  const channel = chatKey.slice(chatKey.indexOf('-') + 1);
  return { id, chatKey, channel, from, kind: kind === 'system' ? 'text' : kind, text, at, file };
}

/** Of one message it is one run, should the host die before that is the job's end. */
async function startRun(parts: MessageTaskParts, message: QueuedMessage, job: Job): Promise<void> {
  const { chatKey, from, text, direction } = message;
  const isSaid = direction === 'in';
  const agent = parts.agentOf?.(isSaid ? HOST_KEY : (from as PluginKey));
  if (agent === undefined) {
    job.log.warn(`a message to ${chatKey} was to start a run of the agent, and this host has none`);
    return;
  }
  const common = { channel: chatKey, context: 'channel', from: job } as const;
  // What plugins report may be anybody's words; what operators say in the chat is their own.
  const request: AgentRunRequest = isSaid
    ? { ...common, prompt: text, tools: ['*'] }
    : { ...common, prompt: SYSTEM_PROMPT, untrusted: { [`report of ${from}`]: text }, foldKey: chatKey };
  await agent.run(request);
}
