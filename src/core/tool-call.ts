import type { Logger } from 'winston';
import type { JsonSchema } from './json-schema';
import type { CallArgs, OutputOf } from './known-tools';
import type { PluginKey } from './plugin-key';

/** Who calls a tool. */
export interface ToolCaller {
  readonly kind: 'agent' | 'plugin' | 'operator';
  /** Of the run, the plugin's key, or the name of the token. */
  readonly id: string;
  /** In whose name it calls: of the user its token was made for. Undefined where that is not known. */
  readonly user?: string | undefined;
}
/** What a tool knows besides its input. */
export interface ToolContext {
  readonly caller: ToolCaller;
  /** Aborts when its time is up, the caller leaves, or the time to drain of a generation that retires is over. */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /**
   * Marks what a run of the agent causes: put it into what is written elsewhere (a comment, a ticket), and what comes back
   * because of it is known. Undefined where no run calls.
   */
  readonly cause: string | undefined;
  /** Other plugins, called in the course of this call: its `signal` and `cause` go along, and circles are found sooner. */
  readonly extensions: Extensions;
}

/** A tool of a plugin that serves. */
export interface ToolEntry {
  readonly key: PluginKey;
  readonly name: string;
  /** Unlike that of any other tool, for those who know no keys: `<author>_<module>__<name>`, at most 128 characters. */
  readonly id: string;
  readonly description: string;
  /** Of its input, JSON Schema 2020-12. */
  readonly inputSchema: JsonSchema;
}

export interface ToolCall {
  readonly key: PluginKey;
  readonly name: string;
  readonly input: unknown;
  readonly caller: ToolCaller;
  readonly signal?: AbortSignal | undefined;
  /** The shorter of this and the tool's own counts. */
  readonly timeoutMs?: number | undefined;
  readonly cause?: string | undefined;
  /** How many calls of tools this one is made in the course of. Default 0. */
  readonly depth?: number | undefined;
}

/** The tools of all plugins that serve. */
export interface ToolCalls {
  /** By key, then as declared. */
  list(): readonly ToolEntry[];
  /**
   * Resolves with what the tool gives, plain JSON (undefined for nothing). What the tool throws passes through.
   * @throws tools/unknown (404), tools/not-served (503) while its plugin is disabled, failed or loading, tools/invalid-input (422)
   * with every issue, tools/timeout (504), tools/cancelled, tools/unserializable (500), tools/too-deep (508), tools/too-many (503)
   */
  call(call: ToolCall): Promise<unknown>;
}

/** Other plugins, for one plugin. */
export interface Extensions {
  /**
   * Calls a tool of another plugin, at most `timeoutMs` (default: the tool's own). What goes in and comes out is copied as
   * JSON. Calls of tools in `KnownTools` are typed; of others `Output` says what is expected.
   * @throws as `ToolCalls.call`
   */
  call<Output = unknown, const Key extends string = string, const Name extends string = string>(
    key: Key,
    name: Name,
    ...rest: CallArgs<Key, Name>
  ): Promise<OutputOf<Key, Name, Output>>;
}
