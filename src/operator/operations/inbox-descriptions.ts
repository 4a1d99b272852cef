import { z } from 'zod';
import { workStates } from '../../core/ports/inbox-desk';
import { pageQuery, text, time, whole } from './described';

/** What the inbox is asked, and what it answers, for descriptions: the readers of `inbox-query.ts` judge. */

const states = z.enum(workStates);
const filterMembers = {
  plugin: text.optional(),
  name: text.optional().describe('A task, or an endpoint as `POST /path`.'),
  since: z.coerce.number().optional().describe('Epoch ms: at or after.'),
  until: z.coerce.number().optional().describe('Epoch ms: before.'),
  lane: text.optional(),
  ip: text.optional(),
  deliveryId: text.optional(),
  event: text.optional(),
  text: text.optional().describe('Stands in the body or payload, or in an error.'),
};
export const filterQuery = z.object({
  ...filterMembers,
  states: text.optional().describe(`Some of ${workStates.join(', ')}, separated by commas.`),
  orphaned: z.literal('true').optional(),
  ...pageQuery,
});
export const selectionBody = z.object({
  ids: z.array(text).optional().describe('Either these, or what the filter selects.'),
  filter: z
    .object({ ...filterMembers, states: z.array(states).optional(), orphaned: z.literal(true).optional() })
    .optional()
    .describe('An empty one selects everything.'),
  dryRun: z.boolean().optional().describe('Answers how many there are, and changes nothing.'),
  after: text.optional().describe('`next` of the step before.'),
});
export const stepAnswer = z.looseObject({
  looked: whole.optional().describe('How many were selected in this step.'),
  changed: whole.optional(),
  next: text.optional().describe('To be given as `after` for the next step; absent when all is done.'),
  count: whole.optional().describe('Of a dry run.'),
});
export const targetBody = z.object({
  plugin: text,
  name: text.optional(),
  lane: text.optional(),
});

export const receipt = z.looseObject({
  id: text,
  plugin: text,
  name: text,
  receivedAt: time,
  method: text,
  target: text,
  ip: text,
  bodyBytes: whole,
  answerStatus: whole.optional(),
  jobs: z.array(z.looseObject({ id: text, state: states })),
});
export const receiptDetail = receipt.extend({
  headers: z.array(z.array(text)).describe('Names and values, in order; credentials are masked.'),
  body: z.looseObject({ text: text.optional(), base64: text.optional() }),
});
export const job = z.looseObject({
  id: text,
  plugin: text,
  name: text,
  kind: z.enum(['task', 'endpoint']),
  state: states,
  attempt: whole,
  runAt: time,
  createdAt: time,
  receiptId: text.optional(),
  error: text.optional(),
});
export const attempt = z.looseObject({
  jobId: text,
  number: whole,
  startedAt: time,
  endedAt: time,
  outcome: text,
  error: text.optional(),
  node: text,
});
export const jobDetail = job.extend({ payload: text.optional(), attempts: z.array(attempt) });
export const workCount = z.looseObject({
  plugin: text,
  name: text,
  kind: z.enum(['task', 'endpoint']),
  states: z.partialRecord(states, whole),
  countedAt: time
    .optional()
    .describe(
      'Epoch ms: when what there is much of was counted, as what succeeded; absent where all is as of now.',
    ),
  isPartial: z
    .literal(true)
    .optional()
    .describe('What there is much of is still being counted: there is at least so much. Ask again.'),
});
export const node = z.looseObject({
  id: text,
  url: text,
  host: text,
  pid: whole,
  startedAt: time,
  seenAt: time,
  state: z.enum(['serving', 'stopping', 'silent']),
});
export const pause = z.looseObject({
  plugin: text,
  name: text.optional(),
  lane: text.optional(),
  since: time,
  reason: text.optional(),
});
