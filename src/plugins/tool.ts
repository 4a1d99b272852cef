import type { Tool } from '../core/declaration';
import { jsonSchemaOf, type JsonSchema } from '../core/json-schema';
import { aFunction, aText, checkOptions, count, type Rule } from '../core/option-issues';
import type { PluginKey } from '../core/plugin-key';
import { isStandardSchema, type StandardSchema } from '../core/standard-schema';
import type { Awaitable } from '../core/exchange';
import type { ToolContext } from '../core/tool-call';

export interface ToolOptions<Input = unknown, Checked = Input> {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** What it does and when to use it; agents read this. */
  readonly description?: string | undefined;
  /**
   * Any Standard Schema of an object (zod, valibot, arktype …): other input is refused, and `call` gets what the schema
   * makes of it. Without one the input is passed as it is.
   */
  readonly input?: StandardSchema<Input, Checked> | undefined;
  /** Of one call. Default 60,000. */
  readonly timeoutMs?: number | undefined;
}
/** Does the work of one call; what it gives is plain JSON. An `HttpError` below 500 tells the caller its detail. */
export type CallTool<Checked = unknown> = (input: Checked, context: ToolContext) => Awaitable<unknown>;

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const TIMEOUT_MS = 60_000;
/** Nothing is known of it: whatever object there is. */
const OPEN: JsonSchema = Object.freeze({ type: 'object' });

const input: Rule = (value) => {
  if (!isStandardSchema(value)) return 'must be a Standard Schema, such as z.object({ … })';
  return isOfObjects(jsonSchemaOf(value, 'input')) ? undefined : 'must be the schema of an object';
};
const name: Rule = (value) =>
  typeof value === 'string' && NAME.test(value)
    ? undefined
    : 'must be letters, digits, "_" and "-", at most 64';
const RULES = { name, description: aText, input, timeoutMs: count };

/**
 * A tool as core knows it.
 * @throws mount/invalid listing everything wrong with the arguments
 */
export function toolDeclaration(key: PluginKey, where: string, options: ToolOptions, call: unknown): Tool {
  const issue = aFunction(call);
  const named = Object(options) as Partial<ToolOptions>;
  checkOptions(key, where, options, RULES, [
    named.name === undefined ? '"name" is missing' : undefined,
    issue === undefined ? undefined : `what is called ${issue}; it is the last argument`,
  ]);
  const { description = '', input: schema, timeoutMs = TIMEOUT_MS } = options;
  const told = schema === undefined ? undefined : jsonSchemaOf(schema, 'input');
  return {
    kind: 'tool',
    origin: { dialect: 'native', where },
    name: options.name,
    description,
    ...(schema !== undefined && { input: schema }),
    // Unions of objects say nothing of their type at the top, where those who call ask for it.
    inputSchema: told === undefined ? OPEN : { ...told, type: 'object' },
    timeoutMs,
    call: call as Tool['call'],
  };
}

/** What is called has an object of named arguments for its input; of what says nothing, it is hoped. */
function isOfObjects(schema: JsonSchema | undefined): boolean {
  return schema?.type === undefined || schema.type === 'object';
}
