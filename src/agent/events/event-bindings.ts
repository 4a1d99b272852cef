import { randomBytes } from 'node:crypto';
import { parseChatKey } from '../../core/chat-key';
import type { Clock } from '../../core/clock';
import { HostError } from '../../core/errors';
import { patternIssue } from '../../core/event';
import { parsePluginKey } from '../../core/plugin-key';
import type { EventBinding, EventBindings, NewEventBinding } from '../../core/ports/event-bindings';
import type { SharedState, SharedValue } from '../../core/ports/shared-state';

export interface EventBindingsParts {
  readonly shared: SharedState;
  readonly clock: Clock;
}

const SPACE = 'event-bindings';
/** Each event is held against all of them. */
const MOST_BINDINGS = 500;
const PROMPT_CHARACTERS = 20_000;
const PATTERN_CHARACTERS = 200;
const MOST_TOOLS = 200;

/** Bindings over what hosts share; `shared` has been opened when one is asked for. */
export function createEventBindings({ shared, clock }: EventBindingsParts): EventBindings {
  const list = () =>
    shared
      .list(SPACE)
      .map(toBinding)
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
  return {
    list,
    bind: async (given) => {
      const checked = checkBinding(given);
      if (shared.list(SPACE).length >= MOST_BINDINGS) refuse(`there are ${MOST_BINDINGS} bindings already`);
      const id = `b-${randomBytes(6).toString('hex')}`;
      const binding = { id, ...checked, createdAt: clock.now() };
      await shared.put(SPACE, id, JSON.stringify(binding));
      return binding;
    },
    unbind: async (id) => {
      const isThere = shared.get(SPACE, id) !== undefined;
      if (isThere) await shared.put(SPACE, id, undefined);
      return isThere;
    },
    onChange: (changed) => shared.onChange(SPACE, () => changed()),
  };
}

/** Nothing but what a binding is made of: it comes from a request. @throws events/bad-request */
function checkBinding({ pattern, prompt, plugin, channel, tools }: NewEventBinding): NewEventBinding {
  const issue = patternIssue(pattern);
  if (issue !== undefined) refuse(`the pattern ${issue}`);
  if (pattern.length > PATTERN_CHARACTERS)
    refuse(`the pattern is longer than ${PATTERN_CHARACTERS} characters`);
  if (typeof prompt !== 'string' || prompt.trim() === '') refuse('the prompt is missing');
  if (prompt.length > PROMPT_CHARACTERS) refuse(`the prompt is longer than ${PROMPT_CHARACTERS} characters`);
  if (plugin !== undefined && (typeof plugin !== 'string' || parsePluginKey(plugin) === undefined))
    refuse('the plugin is no key such as "acme.ci"');
  if (tools !== undefined && !areTools(tools)) refuse(`tools are at most ${MOST_TOOLS} names`);
  return {
    pattern,
    prompt,
    ...(plugin !== undefined && { plugin }),
    ...(channel !== undefined && { channel: chatKeyIn(channel) }),
    ...(tools !== undefined && { tools }),
  };
}

function chatKeyIn(channel: string): string {
  try {
    return parseChatKey(channel);
  } catch {
    return refuse('the channel is no chat key such as "console-builds"');
  }
}

const areTools = (tools: unknown): boolean =>
  Array.isArray(tools) &&
  tools.length <= MOST_TOOLS &&
  tools.every((tool) => typeof tool === 'string' && tool !== '' && tool.length <= 300);

function refuse(why: string): never {
  throw new HostError('events/bad-request', [why]);
}

const toBinding = ({ value }: SharedValue): EventBinding => JSON.parse(value) as EventBinding;
