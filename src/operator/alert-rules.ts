import type { Traffic } from '../core/ports/measurements';
import type { Backlog } from '../core/ports/work-observer';
import type { AlertSettings } from '../core/settings';

/** Something that is wrong, told under its name at most so often. */
export interface Alert {
  /** The same while it is the same thing. */
  readonly id: string;
  readonly text: string;
  /** What is told when it is over; undefined of what happened once. */
  readonly overText: string | undefined;
}

/** What is looked at. */
interface Sighting {
  /** Epoch ms. */
  readonly at: number;
  readonly traffic: Pick<Traffic, 'endpoints'>;
  /** Undefined while it cannot be read. */
  readonly backlog: Backlog | undefined;
  /** New since they were told of. */
  readonly deadLetters: number;
  /** In the last minute. */
  readonly refused: number;
}

const RATE_MS = 300_000;
/** Fewer say nothing about a share. */
const LEAST_REQUESTS = 20;
/** Of one look: a host where everything fails is told of as such. */
const MOST_ENDPOINTS = 10;

/** What is wrong by the operator's measures. */
export function alertsIn(sighting: Sighting, settings: AlertSettings): readonly Alert[] {
  const { backlog, deadLetters, refused } = sighting;
  const alerts = settings.failureRate > 0 ? failing(sighting, settings.failureRate) : [];
  const oldestMs = backlog?.oldestDueMs ?? 0;
  if (settings.backlogMs > 0 && oldestMs >= settings.backlogMs)
    alerts.push({
      id: 'backlog',
      text: `${backlog?.due ?? 0} jobs are due; the oldest has waited ${inWords(oldestMs)}. See Jobs, or gatehouse inbox list --state ready.`,
      overText: 'Jobs are worked again as they come.',
    });
  if (settings.deadLetters && deadLetters > 0)
    alerts.push({
      id: 'dead letters',
      text: `${deadLetters} ${deadLetters === 1 ? 'job is a dead letter' : 'jobs are dead letters'} now. See Dead letters, or gatehouse inbox list --state dead.`,
      overText: undefined,
    });
  if (settings.refusedPerMinute > 0 && refused >= settings.refusedPerMinute)
    alerts.push({
      id: 'refused',
      text: `${refused} requests were refused in a minute. See Refused, which says why.`,
      overText: 'Few requests are refused again.',
    });
  return alerts;
}

function failing({ traffic }: Sighting, rate: number): Alert[] {
  return traffic
    .endpoints(RATE_MS)
    .filter(({ requests, failures }) => requests >= LEAST_REQUESTS && failures / requests >= rate)
    .slice(0, MOST_ENDPOINTS)
    .map(({ plugin, name, requests, failures }) => ({
      id: `failures ${plugin} ${name}`,
      text: `${plugin} ${name} failed ${failures} of ${requests} requests in five minutes. See its page, or gatehouse plugins list.`,
      overText: `${plugin} ${name} answers again.`,
    }));
}

function inWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes >= 120) return `${Math.floor(minutes / 60)} hours`;
  return minutes >= 2 ? `${minutes} minutes` : `${Math.floor(ms / 1_000)} seconds`;
}
