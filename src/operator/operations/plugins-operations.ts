import type { Request, Response } from 'express';
import { z } from 'zod';
import { HostError } from '../../core/errors';
import type { Transition } from '../../core/ports/plugin-registry';
import type { Operation, OperationCall } from '../operation';
import { listOf, text, time, whole } from './described';

const STATES = ['live', 'loading', 'failed', 'disabled'] as const;
const failure = z.looseObject({ code: text, message: text, stack: text, at: time });
const plugin = z.looseObject({
  key: text.optional().describe('Absent of a folder whose key cannot be known.'),
  folder: text,
  name: text,
  version: text,
  state: z.enum(STATES),
  generation: whole.describe('Of what serves; 0 when nothing does.'),
  url: text,
  failure: failure.optional().describe('Of the last load; a live plugin may have one.'),
  endpoints: z.array(
    z.looseObject({ method: text, path: text, access: text, isOpen: z.boolean(), url: text }),
  ),
  tasks: z.array(text),
  tools: z.array(text),
  secrets: z.array(z.looseObject({ name: text, required: z.boolean(), isSet: z.boolean() })),
  leases: whole,
});
const transition = z.looseObject({
  key: text,
  ok: z.boolean(),
  state: z.enum(STATES),
  generation: whole,
  failure: failure.optional(),
  hosts: z.array(z.looseObject({ node: text, url: text, outcome: text, generation: whole })).optional(),
});
const SILENT = 'plugin/silent-host';

/**
 * Plugins: what there is, and their changes. An enable, disable or reload that failed on a host answers 409 with the
 * Transition, stack included, in the problem's `transition`; 504 where nothing failed but a host did not answer in time.
 */
export const pluginsOperations: readonly Operation[] = [
  {
    ...{ id: 'plugins.list', method: 'GET', path: '/plugins', scope: 'read' },
    summary: 'Every plugin with its state',
    answer: listOf('plugins', plugin),
    run: async ({ operator }) => ({ plugins: await operator.plugins() }),
  },
  {
    ...{ id: 'plugins.show', method: 'GET', path: '/plugins/:key', scope: 'read' },
    summary: 'One plugin',
    answer: plugin,
    run: async (call) => call.operator.plugin(keyOf(call)),
  },
  change('enable', 'Enable a plugin on every host'),
  change('disable', 'Disable a plugin on every host'),
  change('reload', 'Load a plugin again; answers after the swap'),
  {
    ...{ id: 'plugins.types', method: 'GET', path: '/plugins/:key/types', scope: 'read' },
    summary: 'TypeScript for callers of a plugin',
    answer: z.looseObject({ plugin: text, types: text }),
    run: async (call) => ({ plugin: keyOf(call), types: await call.operator.types(keyOf(call)) }),
  },
];

function change(verb: 'enable' | 'disable' | 'reload', summary: string): Operation {
  return {
    ...{ id: `plugins.${verb}`, method: 'POST', path: `/plugins/:key/${verb}`, scope: 'plugins', summary },
    answer: transition,
    audit: {
      before: async (call) => {
        const { state, generation } = await call.operator.plugin(keyOf(call));
        return { state, generation };
      },
      after: (_call, answered) => {
        if (answered === undefined) return undefined;
        const { state, generation } = answered as Transition;
        return { state, generation };
      },
    },
    run: (call) => call.operator[verb](keyOf(call)),
    outcome: (answered) => {
      const made = answered as Transition;
      return made.ok ? 'done' : problemOf(made).code;
    },
    write: (answered, request, response) => write(answered as Transition, request, response),
  };
}

const keyOf = ({ params }: OperationCall) => String(params['key']);

function write(transition: Transition, request: Request, response: Response): void {
  if (transition.ok) {
    response.json(transition);
    return;
  }
  const { status, title, code, detail } = problemOf(transition);
  response.status(status).type('application/problem+json');
  // `json` would keep the type; the body is written whole because only here a problem carries a stack.
  response.send(
    JSON.stringify({
      type: 'about:blank',
      title,
      status,
      detail,
      instance: request.originalUrl,
      code,
      requestId: response.get('x-request-id'),
      transition,
    }),
  );
}

function problemOf({ key, state, failure, hosts = [] }: Transition) {
  const conflict = { status: 409, title: 'Conflict', code: failure?.code ?? 'internal/unexpected' };
  const failed = hosts.filter(({ outcome }) => outcome === 'failed').map(({ url }) => url);
  const silent = hosts.filter(({ outcome }) => outcome === 'silent').map(({ url }) => url);
  if (failed.length > 0) {
    const where = `${failed.length} of ${hosts.length} hosts (${failed.join(', ')})`;
    return { ...conflict, detail: `On ${where}: ${failure?.message ?? 'it failed'}` };
  }
  if (silent.length > 0) {
    const { status, message } = new HostError(SILENT, [key, silent.join(', ')]);
    return { status, title: 'Gateway Timeout', code: SILENT, detail: message };
  }
  return { ...conflict, detail: failure?.message ?? `${key} is ${state}` };
}
