import type { Command } from 'commander';
import { HostError } from '../../core/errors';
import type { PluginKey } from '../../core/plugin-key';
import type { EventBinding } from '../../core/ports/event-bindings';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

type EventFlags = HostFlags & {
  readonly prompt?: string;
  readonly plugin?: string;
  readonly channel?: string;
  readonly payload?: string;
  readonly key?: string;
  readonly subject?: string;
};
type BindFlags = EventFlags & { readonly tool?: readonly string[] };

/** `events list|bind|unbind|emit`. */
export function addEventsCommands(program: Command, context: CliContext): void {
  const events = program
    .command('events')
    .description('What events start runs of the agent; tell of an event');
  addConnectionOptions(events.command('list'))
    .description('List the patterns that are bound to runs of the agent')
    .action((flags: HostFlags) => list(context, flags));
  addConnectionOptions(events.command('bind <pattern>'))
    .requiredOption('--prompt <text>', 'what the agent is to do; the events are added as data')
    .option('--plugin <key>', 'run in the name of this plugin, with its tools')
    .option('--channel <chat-key>', 'where what it says is sent, as console-builds')
    .option('--tool <name...>', 'tools it may call, as acme.ci/last_build or acme.ci/*')
    .description('Let events of a type, or of a pattern such as build.*, start a run of the agent')
    .action((pattern: string, flags: BindFlags) => bind(context, pattern, flags));
  addConnectionOptions(events.command('unbind <id>'))
    .description('Take a binding away')
    .action((id: string, flags: HostFlags) => unbind(context, id, flags));
  addConnectionOptions(events.command('emit <type>'))
    .option('--payload <json>', 'its data')
    .option('--key <key>', 'a second event of the type with this key, within 72 h, reaches nobody')
    .option('--subject <text>', 'what it is about')
    .description('Tell whoever listens of an event')
    .action((type: string, flags: EventFlags) => emit(context, type, flags));
}

async function list(context: CliContext, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const bindings = await connectionOf(context, flags).events.bindings();
  if (flags['json'] !== undefined) terminal.printJson({ bindings });
  else if (bindings.length === 0) terminal.print('No event is bound to a run of the agent.');
  else
    terminal.print(
      formatTable(['ID', 'PATTERN', 'PLUGIN', 'CHANNEL', 'SINCE', 'PROMPT'], bindings.map(rowOf)),
    );
}

const SHOWN_CHARACTERS = 60;

function rowOf({ id, pattern, plugin, channel, createdAt, prompt }: EventBinding): readonly string[] {
  const shown = prompt.length > SHOWN_CHARACTERS ? `${prompt.slice(0, SHOWN_CHARACTERS - 1)}…` : prompt;
  return [id, pattern, plugin ?? '–', channel ?? '–', timeOf(createdAt), shown].map((cell) =>
    plain(cell).replaceAll('\n', ' '),
  );
}

async function bind(context: CliContext, pattern: string, { tool, ...flags }: BindFlags): Promise<void> {
  const { prompt = '', plugin, channel } = flags;
  const binding = await connectionOf(context, flags).events.bind({
    ...{ pattern, prompt, channel, tools: tool },
    plugin: plugin as PluginKey | undefined,
  });
  if (flags['json'] !== undefined) context.terminal.printJson(binding);
  else context.terminal.print(plain(`${pattern} starts a run of the agent from now on (${binding.id})`));
}

async function unbind(context: CliContext, id: string, flags: HostFlags): Promise<void> {
  const { terminal, finish } = context;
  const unbound = await connectionOf(context, flags).events.unbind(id);
  if (flags['json'] !== undefined) terminal.printJson({ id, unbound });
  else if (unbound) terminal.print(plain(`${id} is unbound`));
  else terminal.complain(plain(`there is no binding ${id}; \`gatehouse events list\` shows those there are`));
  if (!unbound) finish(1);
}

async function emit(context: CliContext, type: string, flags: EventFlags): Promise<void> {
  const { payload, key, subject } = flags;
  const data = payload === undefined ? undefined : parsed(payload);
  const emitted = await connectionOf(context, flags).events.emit(type, data, { key, subject });
  if (flags['json'] !== undefined) context.terminal.printJson({ type, ...emitted });
  else context.terminal.print(plain(`${type} (${emitted.id}) reaches ${emitted.listeners} listeners`));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HostError('events/bad-request', ['the payload is no JSON']);
  }
}
