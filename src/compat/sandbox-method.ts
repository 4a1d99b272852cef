import { HostError } from '../core/errors';
import type { PluginKey } from '../core/plugin-key';
import type { StandardSchema } from '../core/standard-schema';
import type { ToolContext } from '../core/tool-call';

/**
 * What the old system did with a result: gave it back (`tool`, `multimodal_agent`), or told the agent, and woke it (`agent`) or
 * not (`behavior`). Whoever calls a tool gets its result, so all of them are one here.
 */
export type SandboxMethodType = 'tool' | 'agent' | 'behavior' | 'multimodal_agent';

export interface SandboxMethodOptions {
  readonly name: string;
  readonly description?: string;
  /** Any Standard Schema of an object. */
  readonly input?: StandardSchema;
}
/** The context comes first, then the arguments by name. */
export type SandboxMethod = (context: ToolContext, input: never) => unknown;

const TYPES: readonly string[] = ['tool', 'agent', 'behavior', 'multimodal_agent'];

/** What `mountSandboxMethod` was given, as `plugin.tool` takes it. @throws mount/invalid */
export function sandboxTool(
  key: PluginKey,
  [type, named, ...rest]: readonly unknown[],
): readonly [SandboxMethodOptions, (input: unknown, context: ToolContext) => unknown] {
  const options = typeof named === 'string' ? { name: named, description: rest.shift() } : named;
  const [method] = rest;
  const issues = [
    TYPES.includes(String(type).toLowerCase()) ? [] : [`the type is one of ${TYPES.join(', ')}`],
    typeof method === 'function' ? [] : ['the last argument is the function that does the work'],
  ].flat();
  if (issues.length > 0)
    throw new HostError('mount/invalid', [
      key,
      issues.map((issue) => `  - mountSandboxMethod: ${issue}`).join('\n'),
    ]);
  const call = method as SandboxMethod;
  return [options as SandboxMethodOptions, (input, context) => call(context, input as never)];
}
