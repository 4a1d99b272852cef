import { HOST_TASKS } from '../../core/host-key';
import type { NewMessage } from './chat-history';

/** A message as its job carries it; a file's bytes lie beside it, under the same id. */
export interface QueuedMessage extends NewMessage {
  /** It starts a run of the agent. */
  readonly trigger: boolean;
}

/** The task of the host's own mount that works messages. */
export const MESSAGE_TASK = HOST_TASKS.message;
