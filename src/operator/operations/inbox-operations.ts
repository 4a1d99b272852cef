import { z } from 'zod';
import type { BulkVerb, InboxDesk } from '../../core/ports/inbox-desk';
import {
  JOB_VERBS,
  objectBody,
  readFilter,
  readPage,
  readSelection,
  readSignalName,
  readTarget,
  RECEIPT_VERBS,
} from '../inbox-query';
import type { BodyReading, Operation, OperationAudit, OperationCall } from '../operation';
import { flagNamed, listOf, pageOf, text } from './described';
import {
  attempt,
  filterQuery,
  job,
  jobDetail,
  node,
  pause,
  receipt,
  receiptDetail,
  selectionBody,
  stepAnswer,
  targetBody,
  workCount,
} from './inbox-descriptions';

/** Of a verb: some ten thousand ids, or the largest value of a signal. */
const reads: BodyReading = { limitBytes: 2 * 1024 ** 2 };
/** Of the ids of a change that is written, the first. */
const MOST_IDS = 100;

const VERBS: Readonly<Record<BulkVerb, string>> = {
  retry: 'Run jobs again',
  cancel: 'End jobs that are not done',
  drop: 'Delete jobs that do not run',
  replay: 'Make new jobs of stored requests, under the rules of today',
  purge: 'Delete stored requests with their finished jobs',
};

const ofTarget: OperationAudit = {
  subject: ({ body }) => {
    const { plugin, name, lane } = readTarget(objectBody(body));
    return [plugin, name, lane].filter((part) => part !== undefined).join(' ');
  },
  after: ({ body }) => readTarget(objectBody(body)),
};

/**
 * What was stored, and the work on it. A verb takes `{ ids }` or `{ filter }`, with `dryRun: true` to be told how many, or
 * `after` to go on: a change of thousands is many short steps, one request each.
 */
export const inboxOperations: readonly Operation[] = [
  list('receipts', 'Stored requests', receipt),
  list('jobs', 'Jobs', job),
  list('attempts', 'Attempts that did not succeed', attempt),
  {
    ...{ id: 'inbox.receipt', method: 'GET', path: '/inbox/receipts/:id', scope: 'read' },
    summary: 'One stored request',
    answer: receiptDetail,
    run: async (call) => call.operator.inbox.receipt(idOf(call)),
  },
  {
    ...{ id: 'inbox.job', method: 'GET', path: '/inbox/jobs/:id', scope: 'read' },
    summary: 'One job with its attempts',
    answer: jobDetail,
    run: async (call) => call.operator.inbox.job(idOf(call)),
  },
  whole('counts', 'Jobs by state', workCount),
  whole('nodes', 'Hosts of this database', node),
  whole('pauses', 'What is paused', pause),
  ...JOB_VERBS.map((verb) => bulk(verb, 'jobs')),
  ...RECEIPT_VERBS.map((verb) => bulk(verb, 'receipts')),
  {
    ...{ id: 'inbox.signal', method: 'POST', path: '/inbox/jobs/:id/signal', scope: 'replay' },
    summary: 'Send a job the signal it waits for',
    body: z.object({ name: text, value: z.unknown() }),
    reads,
    answer: flagNamed('changed', 'False when the job is finished.'),
    // The value is the plugin's own: it is not kept.
    audit: { after: ({ body }) => ({ name: readSignalName(objectBody(body)) }) },
    run: async (call) => {
      const body = objectBody(call.body);
      const name = readSignalName(body);
      return { changed: await call.operator.inbox.signal(idOf(call), name, body['value']) };
    },
  },
  {
    ...{ id: 'inbox.pause', method: 'POST', path: '/inbox/pause', scope: 'replay' },
    summary: 'Pause the work of a plugin, a task, an endpoint or a lane; what comes is stored',
    body: targetBody.extend({ reason: text.optional() }),
    reads,
    answer: flagNamed('changed', 'False when it was paused already.'),
    audit: ofTarget,
    run: async ({ operator, body }) => {
      const { reason, ...target } = readTarget(objectBody(body));
      return { changed: await operator.inbox.pause(target, reason) };
    },
  },
  {
    ...{ id: 'inbox.resume', method: 'POST', path: '/inbox/resume', scope: 'replay' },
    summary: 'Resume what is paused',
    body: targetBody,
    reads,
    answer: flagNamed('changed', 'False when it was not paused.'),
    audit: ofTarget,
    run: async ({ operator, body }) => ({
      changed: await operator.inbox.resume(readTarget(objectBody(body))),
    }),
  },
];

function list(name: 'receipts' | 'jobs' | 'attempts', summary: string, item: z.ZodType): Operation {
  return {
    ...{ id: `inbox.${name}`, method: 'GET', path: `/inbox/${name}`, scope: 'read', summary },
    query: filterQuery,
    answer: pageOf(item, true),
    run: async ({ operator, query }) => operator.inbox[name](readFilter(query), readPage(query)),
  };
}

function whole(name: 'counts' | 'nodes' | 'pauses', summary: string, item: z.ZodType): Operation {
  return {
    ...{ id: `inbox.${name}`, method: 'GET', path: `/inbox/${name}`, scope: 'read', summary },
    answer: listOf(name, item),
    run: async ({ operator }) => ({ [name]: await operator.inbox[name]() }),
  };
}

function bulk(verb: BulkVerb, family: 'jobs' | 'receipts'): Operation {
  return {
    ...{ id: `inbox.${verb}`, method: 'POST', path: `/inbox/${family}/${verb}`, scope: 'replay' },
    summary: VERBS[verb],
    body: selectionBody,
    reads,
    answer: stepAnswer,
    audit: {
      isIdle: ({ body }) => objectBody(body)['dryRun'] === true,
      subject: () => family,
      after: ({ body }, answered) => ({ ...selected(objectBody(body)), ...changedIn(answered) }),
    },
    run: async ({ operator, body: given }) => {
      const body = objectBody(given);
      const selection = readSelection(body);
      if (body['dryRun'] === true) return { count: await operator.inbox.count(verb, selection) };
      return operator.inbox.change(verb, selection, readPage(body).after);
    },
  };
}

function selected(body: Readonly<Record<string, unknown>>): object {
  const selection = readSelection(body);
  return 'ids' in selection
    ? { ids: selection.ids.slice(0, MOST_IDS), count: selection.ids.length }
    : selection;
}

function changedIn(answered: unknown): object {
  if (answered === undefined) return {};
  const { looked, changed } = answered as Awaited<ReturnType<InboxDesk['change']>>;
  return { looked, changed };
}

const idOf = ({ params }: OperationCall) => String(params['id']);
