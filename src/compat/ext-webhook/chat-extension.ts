import { HostError } from '../../core/errors';
import type { Awaitable } from '../../core/exchange';
import type { StandardSchema } from '../../core/standard-schema';
import type { Extension } from './extension';
import type { ExtensionContext } from './extension-context';
import { EXTENSION, WEBHOOK_ENTRY, type ExtensionReading } from './extension-reading';
import { inCamelCase } from './option-names';

/** What `new ChatExtension` takes besides its extension. */
export interface ChatExtensionOptions {
  readonly toolName?: string;
  readonly tool_name?: string;
  readonly description?: string;
}
/** What `chat.function` takes besides the function. */
export interface ChatFunctionOptions<Params = unknown> {
  /** Letters, digits, `_` and `-`. Default: the function's own. */
  readonly name?: string;
  /** What it does, for the agent that chooses. */
  readonly description: string;
  readonly actionType?: ActionType;
  readonly action_type?: ActionType;
  /** Any Standard Schema, such as zod's: the function gets what it makes of the input. Default: the input as it is. */
  readonly params?: StandardSchema<unknown, Params>;
  /** Default 30,000. */
  readonly timeoutMs?: number;
}
export type ActionType = 'read' | 'write' | 'destructive';
// The parameters are what authors annotate as they like.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type ChatFunction<Params = any> = (ctx: ExtensionContext, params: Params) => Awaitable<unknown>;

/** The functions of an extension that agents may call. Each is a tool of the plugin. */
export class ChatExtension {
  readonly #reading: ExtensionReading;

  /** @throws compat/bad-extension when `ext` is no Extension */
  constructor(ext: Extension, options: ChatExtensionOptions = {}) {
    const reading = (Object(ext) as Partial<Extension>)[EXTENSION];
    if (reading === undefined)
      throw new HostError('compat/bad-extension', [
        'new ChatExtension',
        'the first argument must be an Extension: new ChatExtension(ext, { … })',
      ]);
    const { toolName, description } = Object(inCamelCase(options)) as ChatExtensionOptions;
    reading.chats.push({ tool_name: toolName, description });
    this.#reading = reading;
  }

  /** Declares a function for agents, given at once or to what is returned. */
  function<Params = unknown>(
    options: ChatFunctionOptions<Params>,
  ): <F extends ChatFunction<Params>>(run: F) => F;
  function<Params = unknown>(
    options: ChatFunctionOptions<Params>,
    run: ChatFunction<Params>,
  ): ChatFunction<Params>;
  function(options: ChatFunctionOptions, run?: ChatFunction): unknown {
    const written = Object(inCamelCase(options)) as Readonly<Record<string, unknown>>;
    const label = (name: unknown) => `chat.function(${JSON.stringify(name ?? written['description']) ?? ''})`;
    return this.#reading.add(label(written['name']), run, (given) => {
      const func = given as ChatFunction;
      const name = String(written['name'] ?? func.name);
      if (name.startsWith(WEBHOOK_ENTRY))
        this.#reading.faults.push(
          `${label(name)}: names that begin with ${WEBHOOK_ENTRY} belong to webhooks`,
        );
      this.#reading.functions.push({ where: label(name), name, options: written, run: func });
      this.#reading.tools[name] = { name, description: String(written['description'] ?? ''), func };
    });
  }

  /** @throws compat/bad-extension always: webhooks belong to the extension */
  get webhook(): never {
    throw new HostError('compat/bad-extension', [
      'chat.webhook',
      'a ChatExtension has no webhooks; register on the Extension: ext.webhook("events", { method: "POST" }, handler)',
    ]);
  }
}
