import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { ChannelStatus } from '../../core/ports/channels-desk';
import { streamChats } from '../channels-stream';
import type { Operation, OperationCall } from '../operation';
import { changeIn, optional, pageIn, reads, textIn } from './channels-request';
import { flagNamed, listOf, text, time } from './described';

const channel = z.looseObject({
  chatKey: text,
  isReady: z.boolean(),
  options: z.record(text, text),
  hasCredential: z.boolean(),
  agent: z.boolean(),
  lastAt: time.optional(),
});
const message = z.looseObject({
  id: text,
  chatKey: text,
  state: z.enum(['queued', 'sent', 'failed', 'received']),
  error: text.optional(),
});
const sent = z.looseObject({ id: text.describe('Of the message.') });
const adapter = z.looseObject({
  name: text,
  credential: text.optional(),
  options: z.array(z.looseObject({ name: text, description: text, required: z.boolean() })),
});

/** Chats. A credential goes in and does not come out. */
export const channelsOperations: readonly Operation[] = [
  {
    ...{ id: 'channels.list', method: 'GET', path: '/channels', scope: 'read' },
    summary: 'Chats, most recent first',
    answer: listOf('channels', channel),
    run: async ({ operator }) => ({ channels: await operator.channels.list() }),
  },
  {
    ...{ id: 'channels.adapters', method: 'GET', path: '/channels/adapters', scope: 'read' },
    summary: 'What each adapter of chats wants to be told',
    answer: listOf('adapters', adapter),
    run: async ({ operator }) => ({ adapters: await operator.channels.adapters() }),
  },
  {
    ...{ id: 'channels.stream', method: 'GET', path: '/channels/stream', scope: 'read' },
    summary: 'Messages as they come, as server-sent events',
    query: z.object({ chat: text.optional().describe('Of one chat.') }),
    answer: message,
    answerType: 'text/event-stream',
    serve: async (call, _request, response) =>
      streamChats(call, optional('chat', call.query['chat']), response),
  },
  {
    ...{ id: 'channels.message', method: 'GET', path: '/channels/messages/:id', scope: 'read' },
    summary: 'One message and what became of it',
    answer: message,
    run: async ({ operator, params }) => {
      const id = String(params['id']);
      const entry = await operator.channels.message(id);
      if (entry === undefined) throw new HostError('channel/no-message', [id]);
      return entry;
    },
  },
  {
    ...{ id: 'channels.attachment', method: 'GET', path: '/channels/messages/:id/attachment', scope: 'read' },
    summary: 'What is attached to a message',
    query: z.object({ as: z.literal('json').optional().describe('In base64.') }),
    answerType: 'application/octet-stream',
    serve: async ({ operator, params, query }, _request, response) => {
      const id = String(params['id']);
      const found = await operator.channels.attachment(id);
      if (found === undefined) throw new HostError('channel/no-message', [id]);
      const { filename, contentType, data } = found;
      if (optional('as', query['as']) === 'json')
        response.json({ filename, contentType, base64: data.toString('base64') });
      else {
        // A plugin chose name, type and bytes: nothing of it is shown as a page of this host.
        response.attachment(filename).set('x-content-type-options', 'nosniff');
        response.set('content-security-policy', "default-src 'none'; sandbox");
        response.set('content-type', contentType).send(data);
      }
    },
  },
  {
    ...{ id: 'channels.set', method: 'PUT', path: '/channels/:chatKey', scope: 'plugins' },
    summary: 'Set a channel, in place of what was set before',
    body: z.object({
      credential: text.optional().describe('Left out: the one that is stored stays.'),
      options: z.record(text, text).optional(),
      rate: text.optional().describe('Messages in a time, such as 30/1m.'),
      agent: z
        .boolean()
        .optional()
        .describe('What operators write in a console chat starts a run of the agent.'),
    }),
    reads,
    answer: channel,
    audit: {
      before: settingNow,
      after: (_call, answered) => settingOf(answered as ChannelStatus | undefined),
    },
    run: async (call) => call.operator.channels.set(keyOf(call), changeIn(call.body)),
  },
  {
    ...{ id: 'channels.remove', method: 'DELETE', path: '/channels/:chatKey', scope: 'plugins' },
    summary: 'Forget what was set of a channel; its history stays',
    answer: flagNamed('removed', 'False where nothing was set.'),
    audit: { before: settingNow },
    run: async (call) => ({ removed: await call.operator.channels.remove(keyOf(call)) }),
  },
  {
    ...{ id: 'channels.test', method: 'POST', path: '/channels/:chatKey/test', scope: 'replay' },
    summary: 'Send a test message',
    reads,
    answer: sent,
    run: async (call) => call.operator.channels.test(keyOf(call)),
  },
  {
    ...{ id: 'channels.history', method: 'GET', path: '/channels/:chatKey/history', scope: 'read' },
    summary: 'Messages of a chat, oldest first',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1_000).optional(),
      before: text.optional().describe('`before` of the page before: goes on with older ones.'),
    }),
    answer: z.looseObject({ items: z.array(message), before: text.optional() }),
    run: async (call) => call.operator.channels.history(keyOf(call), pageIn(call.query)),
  },
  {
    ...{ id: 'channels.say', method: 'POST', path: '/channels/:chatKey/say', scope: 'replay' },
    summary: 'Write into a chat of the console',
    body: z.object({ text }),
    reads,
    answer: sent,
    audit: { after: (_call, answered) => answered },
    run: async (call) => call.operator.channels.say(keyOf(call), textIn(call.body), call.caller.name),
  },
];

const keyOf = ({ params }: OperationCall) => String(params['chatKey']);

async function settingNow(call: OperationCall): Promise<unknown> {
  const all = await call.operator.channels.list();
  return settingOf(all.find(({ chatKey }) => chatKey === keyOf(call)));
}

function settingOf(status: ChannelStatus | undefined): unknown {
  if (status === undefined) return undefined;
  const { options, hasCredential, rate, agent } = status;
  return { options, hasCredential, rate, agent };
}
