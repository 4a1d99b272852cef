import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Operation } from '../operation';
import { listOf, text } from './described';

const LARGEST_BODY_BYTES = 5 * 1024 ** 2;
const NO_JSON = 'the body is { "input": … }, sent as application/json';

const tool = z.looseObject({
  key: text,
  name: text,
  id: text.describe('Unlike that of any other tool.'),
  description: text,
  inputSchema: z.record(text, z.unknown()).describe('JSON Schema.'),
});

/** What plugins can do for agents. A call is made in the name of the user whose token asks; what the caller leaves is given up. */
export const toolsOperations: readonly Operation[] = [
  {
    ...{ id: 'tools.list', method: 'GET', path: '/tools', scope: 'read' },
    summary: 'Tools of the plugins that serve',
    answer: listOf('tools', tool),
    run: async ({ operator }) => ({ tools: await operator.tools.list() }),
  },
  {
    ...{ id: 'tools.call', method: 'POST', path: '/tools/:key/:name', scope: 'plugins' },
    summary: 'Call a tool of a plugin',
    body: z.object({ input: z.unknown().optional() }),
    reads: {
      limitBytes: LARGEST_BODY_BYTES,
      noJson: NO_JSON,
      refuse: (why) => new HostError('tools/bad-request', [why]),
    },
    answer: z.looseObject({ output: z.unknown().optional() }),
    run: async ({ operator, params: { key, name }, body, caller, signal }) => ({
      output: await operator.tools.call(String(key), String(name), inputIn(body), signal, caller.user),
    }),
  },
];

function inputIn(body: unknown): unknown {
  if (body === undefined) return undefined;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse(NO_JSON);
  if (Object.keys(body).some((name) => name !== 'input'))
    return refuse('the body knows input, and no other member');
  return (body as { readonly input?: unknown }).input;
}

function refuse(why: string): never {
  throw new HostError('tools/bad-request', [why]);
}
