import { z } from 'zod';
import { CHANGE_TOPICS } from '../../core/ports/change-feed';
import type { Operation } from '../operation';
import { text } from './described';
import { streamEvents } from './streamed-events';

/** What changes, as it does. */
export const changesOperations: readonly Operation[] = [
  {
    ...{ id: 'changes.follow', method: 'GET', path: '/changes', scope: 'read' },
    summary: 'What is no longer as it was, as server-sent events; whoever shows it asks again',
    answer: z.looseObject({ topic: z.enum(CHANGE_TOPICS), plugin: text.optional() }),
    answerType: 'text/event-stream',
    serve: async (call, _request, response) =>
      streamEvents(
        call,
        response,
        (signal) => call.operator.changes.follow(signal),
        (change) => `data: ${JSON.stringify(change)}`,
      ),
  },
];
