import type { Logger } from 'winston';
import { HostError, isHostError, toError } from '../core/errors';
import { isHttpError } from '../core/http-error';
import type { JsonSchema } from '../core/json-schema';
import type { AdminTool, AdminTools } from '../core/ports/admin-tools';
import type { AuditLog } from '../core/ports/audit';
import type { Operation, OperationCall } from './operation';
import { inputSchemaOf } from './operations/describe-operations';
import { operations as allOperations } from './operations/operations';
import type { Operator } from './operator';
import { admit, mayPerform, performOperation, type OperationSource } from './perform-operation';

export interface AdminToolsParts {
  readonly operator: Operator;
  readonly logger: Logger;
  readonly audit?: Pick<AuditLog, 'record'> | undefined;
  /** Default: all. */
  readonly operations?: readonly Operation[] | undefined;
}

interface Entry {
  readonly operation: Operation;
  readonly tool: AdminTool;
  /** Names of what goes where; the rest of the input is the body. */
  readonly params: readonly string[];
  readonly query: readonly string[];
}

const PARAMETER = /:([A-Za-z]+)/g;
const NOTHING = { params: {}, query: {} };
/** What an agent had better ask about first. */
const DESTRUCTIVE = /\.(?:remove|revoke|drop|purge|cancel|clear|erase|dismiss|disable)$/;

/** Makes the tools of the table; see `AdminTools`. Their schemas are made when they are first asked for. */
export function createAdminTools(parts: AdminToolsParts): AdminTools {
  const { operator, logger, audit, operations = allOperations } = parts;
  let made: ReadonlyMap<string, Entry> | undefined;
  const entries = () => (made ??= entriesOf(operations));
  return {
    list: (identity) =>
      [...entries().values()]
        // What is asked for may take more; that is seen when it is.
        .filter(({ operation }) => mayPerform(operation, NOTHING, identity))
        .map(({ tool }) => tool),
    call: async ({ name, input, identity, ip, signal }) => {
      const entry = entries().get(name);
      if (entry === undefined) return refuse(`there is no tool ${name.slice(0, 100)}`);
      const { operation } = entry;
      const { run } = operation;
      const { params, query, body } = partsOf(entry, input);
      const source: OperationSource = { via: 'mcp', ip, audit };
      await admit(operation, { params, query }, identity, source);
      const call: OperationCall = { operator, params, query, body, caller: identity, signal };
      const act = () => noted(logger, name, async () => run?.(call));
      const output = await performOperation(operation, call, source, act);
      return { ok: (operation.outcome?.(output) ?? 'done') === 'done', output };
    },
  };
}

/** The caller is not told what nobody meant: it stands in the log. */
async function noted(logger: Logger, tool: string, act: () => Promise<unknown>): Promise<unknown> {
  try {
    return await act();
  } catch (thrown) {
    if (!isHostError(thrown) && !isHttpError(thrown))
      logger.error('an operation failed that an agent asked for', { tool, error: toError(thrown).stack });
    throw thrown;
  }
}

function entriesOf(operations: readonly Operation[]): ReadonlyMap<string, Entry> {
  const entries = operations.filter(({ run }) => run !== undefined).map(entryOf);
  return new Map(entries.map((entry) => [entry.tool.name, entry]));
}

function entryOf(operation: Operation): Entry {
  const { id, method, path, summary, query, body } = operation;
  const params = [...path.matchAll(PARAMETER)].map(([, name = '']) => name);
  const asked = query === undefined ? {} : inputSchemaOf(query);
  const sent = body === undefined ? {} : inputSchemaOf(body);
  const inputSchema: JsonSchema = {
    type: 'object',
    properties: {
      ...Object.fromEntries(params.map((name) => [name, { type: 'string' }])),
      ...asked.properties,
      ...sent.properties,
    },
    required: [...params, ...(asked.required ?? []), ...(sent.required ?? [])],
    additionalProperties: false,
  };
  const tool: AdminTool = {
    name: `gatehouse_${id.replaceAll('.', '_')}`,
    title: id,
    description: `${summary}.`,
    inputSchema,
    isReading: method === 'GET',
    isDestructive: method === 'DELETE' || DESTRUCTIVE.test(id),
  };
  return { operation, tool, params, query: Object.keys(asked.properties ?? {}) };
}

/** An input as the request it stands for. The operation's own readers judge the rest. */
function partsOf({ operation, params, query }: Entry, input: unknown) {
  if (input !== undefined && (typeof input !== 'object' || input === null || Array.isArray(input)))
    return refuse('the input is an object');
  const given = new Map(Object.entries(input ?? {}));
  const take = (name: string): [string, string][] => {
    const value: unknown = given.get(name);
    given.delete(name);
    if (value === undefined) return [];
    if (!['string', 'number', 'boolean'].includes(typeof value)) return refuse(`${name} is a text`);
    return [[name, String(value)]];
  };
  const inPath = params.flatMap((name) => {
    const [pair] = take(name);
    return [pair !== undefined && pair[1] !== '' ? pair : refuse(`${name} is missing`)];
  });
  const inQuery = query.flatMap(take);
  const { body } = operation;
  const [unknown] = given.keys();
  if (body === undefined && unknown !== undefined)
    return refuse(`the input knows ${[...params, ...query].join(', ') || 'nothing'}, and no other member`);
  return {
    params: Object.fromEntries(inPath),
    query: Object.fromEntries(inQuery),
    body: body === undefined ? undefined : Object.fromEntries(given),
  };
}

function refuse(why: string): never {
  throw new HostError('tools/bad-request', [why]);
}
