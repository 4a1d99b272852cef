import { HostError } from '../core/errors';

/** Raises the one error for names of the old system that are not served. @throws compat/not-served */
export function refuse(name: string, replacement: string): never {
  throw new HostError('compat/not-served', [name, replacement]);
}

/** Functions that exist so that touching an old name says what replaces it, in both spellings. */
export type NotServed<N extends string> = Readonly<Record<N, (...ignored: unknown[]) => never>>;

/** For each name a function that raises compat/not-served; `owner` is what the author wrote before the dot. */
export function notServed<N extends string>(
  owner: string,
  replacements: Readonly<Record<N, string>>,
): NotServed<N> {
  const entries = Object.entries<string>(replacements).map(([name, replacement]) => [
    name,
    () => refuse(`${owner}.${name}`, replacement),
  ]);
  return Object.freeze(Object.fromEntries(entries) as NotServed<N>);
}

const COMMAND = 'plugin.endpoint, called by what reads the chat';
const PROMPT = 'plugin.endpoint, read by the agent when it needs the text';
const MESSAGE = "plugin.endpoint, as the address of the chat platform's own webhook";
const METHODS = 'plugin.tool, and `tools` of an agent run, which names those it may call';
const VECTORS = 'your own client of the vector store; name the collection after plugin.key';

/** Old methods of `plugin` that are not served, each with what to use instead. */
export const oldPluginMethods = {
  mountCommand: COMMAND,
  mount_command: COMMAND,
  mountCommandGroup: COMMAND,
  mount_command_group: COMMAND,
  mountPromptInjectMethod: PROMPT,
  mount_prompt_inject_method: PROMPT,
  mountOnUserMessage: MESSAGE,
  mount_on_user_message: MESSAGE,
  mountOnSystemMessage: MESSAGE,
  mount_on_system_message: MESSAGE,
  mountOnChannelReset: MESSAGE,
  mount_on_channel_reset: MESSAGE,
  mountCollectMethods: METHODS,
  mount_collect_methods: METHODS,
  getVectorCollectionName: VECTORS,
  get_vector_collection_name: VECTORS,
} as const;

const TIMER = 'setTimeout in plugin.onInit, stopped by what you defer to its scope';

/** Old functions of the `timer` module that are not served. */
export const oldTimers = {
  setTimer: TIMER,
  set_timer: TIMER,
  setTempTimer: TIMER,
  set_temp_timer: TIMER,
  clearTimers: TIMER,
  clear_timers: TIMER,
  getTimers: TIMER,
  get_timers: TIMER,
} as const;

/** Old functions of the `message` module that are not served. */
export const oldMessages = {
  downloadFromUrl: 'fetch(url)',
  download_from_url: 'fetch(url)',
} as const;
