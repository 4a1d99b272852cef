import { z } from 'zod';
import type { Operation } from '../operation';
import { text } from './described';

/** What authors say of their plugins. */
export const readmeOperations: readonly Operation[] = [
  {
    ...{ id: 'plugins.readme', method: 'GET', path: '/plugins/:key/readme', scope: 'read' },
    summary: 'The README of a plugin',
    answer: z.looseObject({ markdown: text }),
    run: async ({ operator, params }) => ({ markdown: await operator.readme(String(params['key'])) }),
  },
];
