import type { PluginKey } from './plugin-key';

/** The key of the host's own mount: what works messages, mail and runs of the agent. No plugin can have it. */
export const HOST_KEY = 'gatehouse.host' as PluginKey;

/** Tasks of the host's own, by what they are for. */
export const HOST_TASKS = {
  message: 'message',
  mail: 'mail',
  run: 'agent-run',
  binding: 'event-binding',
} as const;
