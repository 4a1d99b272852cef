import type { PluginKey } from '../plugin-key';

/** What an operator wants to happen: events start a run of the agent. */
export interface NewEventBinding {
  /** Which events: names, where a segment may be `*`, and the last one stands for the rest. */
  readonly pattern: string;
  /** What the agent is to do; the events themselves are added, as data it must not obey. */
  readonly prompt: string;
  /** In whose name it runs, and whose tools it has; without one it has those that are named. */
  readonly plugin?: PluginKey | undefined;
  /** A chat key. */
  readonly channel?: string | undefined;
  readonly tools?: readonly string[] | undefined;
}
export interface EventBinding extends NewEventBinding {
  readonly id: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Bindings of events to runs of the agent, the same on all hosts of one database. */
export interface EventBindings {
  /** Oldest first. */
  list(): readonly EventBinding[];
  /** @throws events/bad-request, inbox/unavailable */
  bind(binding: NewEventBinding): Promise<EventBinding>;
  /** False when there is none of that id. @throws inbox/unavailable */
  unbind(id: string): Promise<boolean>;
  /** Called after each change, whichever host made it. Answers how to stop. */
  onChange(changed: () => void): () => void;
}
