import { z } from 'zod';
import type { Operation } from '../operation';
import { listOf, text, whole } from './described';

/** What follows a change of the files that plugins stand in. */
export const upkeepOperations: readonly Operation[] = [
  {
    ...{ id: 'plugins.rescan', method: 'POST', path: '/plugins/rescan', scope: 'plugins' },
    summary: 'Look for plugins again on the asked host: new ones load, those that are gone retire',
    answer: listOf('plugins', z.looseObject({ folder: text, state: text })),
    run: async ({ operator }) => ({ plugins: await operator.upkeep.rescan() }),
  },
  {
    ...{ id: 'plugins.erase', method: 'POST', path: '/plugins/:key/erase', scope: 'admin' },
    summary: 'Remove everything a plugin that is gone or disabled kept, secrets included',
    answer: z.looseObject({ plugin: text, documents: whole, cached: whole, values: whole }),
    run: async ({ operator, params }) => operator.upkeep.erase(String(params['key'])),
  },
];
