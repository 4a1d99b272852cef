import { HostError } from '../core/errors';
import { isGiveUp, isRetryAfter } from '../core/job';
import { retryDelayMs } from '../core/retry';
import type { Attempt, Ending, StopReason } from './attempt';
import { failureText } from './failure-text';
import type { DocumentWrite, NewJob, Settlement } from './store';
import type { AttemptOutcome } from './states';

/** What a success commits with itself. */
export interface Effects {
  readonly writes: readonly DocumentWrite[];
  readonly enqueues: readonly NewJob[];
}
/** Where an attempt's effects are gathered while it runs. */
export interface EffectSource {
  /** True when there are none. */
  readonly isPlain: boolean;
  /** @throws inbox/unavailable */
  effects(): Promise<Effects>;
}
export const NO_EFFECTS: Effects = { writes: [], enqueues: [] };

export interface SettlementContext {
  /** The store's clock, epoch ms. */
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
  readonly effects: Effects;
}

type Fate = Pick<Settlement, 'next' | 'outcome' | 'error'>;

/** What becomes of a job after an attempt that ended so; undefined where nothing may be settled: the lease is lost. */
export function settlementOf(
  attempt: Attempt,
  ending: Ending,
  { now, random, effects }: SettlementContext,
): Settlement | undefined {
  const fate = fateOf(attempt, ending, now, random);
  if (fate === undefined) return undefined;
  const { job } = attempt;
  return {
    jobId: job.id,
    ticket: job.ticket,
    ...fate,
    at: now,
    startedAt: job.startedAt,
    ...(ending.kind === 'returned' ? effects : NO_EFFECTS),
  };
}

function fateOf(attempt: Attempt, ending: Ending, now: number, random: number): Fate | undefined {
  switch (ending.kind) {
    case 'returned':
    case 'refused':
      return { next: { state: 'succeeded' }, outcome: 'succeeded', error: undefined };
    case 'waits': {
      const { awaited, until } = ending;
      return { next: { state: 'waiting', awaited, until }, outcome: 'waiting', error: undefined };
    }
    case 'threw':
      return afterThrow(attempt, ending.thrown, now, random);
    case 'postponed':
      return {
        next: { state: 'later', runAt: now + ending.delayMs, counts: false },
        outcome: 'interrupted',
        error: ending.why,
      };
    case 'stopped':
      return afterStop(attempt, ending.reason, now, random);
  }
}

function afterThrow(attempt: Attempt, thrown: unknown, now: number, random: number): Fate {
  const { live, retry } = attempt.workable;
  const error = failureText(thrown, live.mapStack);
  if (isGiveUp(thrown)) return { next: { state: 'dead' }, outcome: 'gave-up', error };
  const delayMs = retryDelayMs(retry, attempt.job.attempt, random);
  if (delayMs === undefined) return { next: { state: 'dead' }, outcome: 'failed', error };
  return again(now + (isRetryAfter(thrown) ? wholeDelay(thrown.delayMs) : delayMs), now, 'failed', error);
}

function afterStop(attempt: Attempt, reason: StopReason, now: number, random: number): Fate | undefined {
  if (reason === 'lost') return undefined;
  if (reason === 'cancelled') return { next: { state: 'cancelled' }, outcome: 'cancelled', error: undefined };
  if (reason === 'interrupted')
    return {
      next: { state: 'ready', runAt: now, counts: false },
      outcome: 'interrupted',
      error: undefined,
    };
  const { retry, timeoutMs } = attempt.workable;
  const error = failureText(new HostError('inbox/attempt-timeout', [timeoutMs]), (stack) => stack);
  const delayMs = attempt.answersItself ? undefined : retryDelayMs(retry, attempt.job.attempt, random);
  return delayMs === undefined
    ? { next: { state: 'dead' }, outcome: 'timed-out', error }
    : again(now + delayMs, now, 'timed-out', error);
}

function again(runAt: number, now: number, outcome: AttemptOutcome, error: string): Fate {
  return { next: { state: runAt <= now ? 'ready' : 'later', runAt, counts: true }, outcome, error };
}

/** Authors' numbers may be anything; a year is the longest. */
function wholeDelay(delayMs: number): number {
  return Number.isFinite(delayMs) ? Math.min(Math.max(Math.round(delayMs), 0), 31_536_000_000) : 0;
}
