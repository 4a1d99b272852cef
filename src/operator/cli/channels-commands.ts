import { InvalidArgumentError, type Command } from 'commander';
import type { Rate } from '../../core/declaration';
import type { AdapterInfo, ChannelsDesk, ChannelStatus, HistoryEntry } from '../../core/ports/channels-desk';
import { rate } from '../../core/settings-gate-kinds';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { readSecret } from './secret-input';
import { formatTable, plain } from './terminal';

type ChannelFlags = HostFlags & {
  readonly file?: string;
  readonly keep?: boolean;
  readonly option?: Readonly<Record<string, string>>;
  readonly rate?: Rate;
  readonly agent?: boolean;
  readonly limit?: number;
  readonly before?: string;
};

/** How long `channels test` looks whether the message went. */
const TEST_MS = 15_000;
const LOOK_MS = 250;

/** `channels list|set|remove|test|history`. A credential is never an argument: those stand in histories and process lists. */
export function addChannelsCommands(program: Command, context: CliContext): void {
  const channels = program
    .command('channels')
    .description('Set the chats that the plugins of a running host send to, and look at what was said');
  addConnectionOptions(channels.command('list'))
    .description('List the channels that are set or were written to')
    .action((flags: ChannelFlags) => list(context, flags));
  addConnectionOptions(channels.command('set <chat_key>'))
    .option('--file <file>', 'take the credential from a file, else from standard input')
    .option('--keep', 'keep the credential that is set')
    .option(
      '--option <name=value>',
      'an option of the adapter, e.g. url=https://example.org/hook',
      toOption,
      {},
    )
    .option('--rate <rate>', 'most messages in a time, e.g. 30/1m', toRate)
    .option('--agent', 'of a console chat: what operators write in it starts a run of the agent')
    .description(
      'Set a channel: slack-…, discord-…, telegram-…, http-… or console-…; it replaces what was set before',
    )
    .action((chatKey: string, flags: ChannelFlags) => set(context, chatKey, flags));
  addConnectionOptions(channels.command('remove <chat_key>'))
    .description('Take the settings and the credential of a channel away; its history stays')
    .action((chatKey: string, flags: ChannelFlags) => remove(context, chatKey, flags));
  addConnectionOptions(channels.command('test <chat_key>'))
    .description('Send a test message, and tell whether it went')
    .action((chatKey: string, flags: ChannelFlags) => test(context, chatKey, flags));
  addConnectionOptions(channels.command('history <chat_key>'))
    .option('--limit <number>', 'so many at most, up to 1000; default 100', toLimit)
    .option('--before <place>', 'go on with older ones, after the page before, which says how')
    .description('Show what was said in a chat, oldest first, and what became of it')
    .action((chatKey: string, flags: ChannelFlags) => history(context, chatKey, flags));
}

async function list(context: CliContext, flags: ChannelFlags): Promise<void> {
  const { terminal } = context;
  const channels = await connectionOf(context, hostFlags(flags)).channels.list();
  if (flags['json'] !== undefined) return terminal.printJson({ channels });
  if (channels.length === 0) return terminal.print('No channel is set or was written to.');
  const head = ['CHANNEL', 'READY', 'MESSAGES', 'QUEUED', 'FAILED', 'LAST', 'SETTINGS'];
  terminal.print(formatTable(head, channels.map(rowOf)));
}

function rowOf({ chatKey, isReady, messages, lastAt, ...settings }: ChannelStatus): string[] {
  const counts = [messages.all, messages.queued, messages.failed].map(String);
  return [chatKey, isReady ? 'yes' : 'no', ...counts, timeOf(lastAt), settingsOf(settings)].map(plain);
}

function settingsOf({
  options,
  hasCredential,
  rate: most,
  agent,
}: Omit<ChannelStatus, 'chatKey' | 'isReady' | 'messages' | 'lastAt'>): string {
  return [
    ...(hasCredential ? ['credential ***'] : []),
    ...Object.entries(options).map(([name, value]) => `${name}=${value}`),
    ...(most === undefined ? [] : [`rate ${most.requests}/${most.perMs / 1_000}s`]),
    ...(agent ? ['agent'] : []),
  ].join(', ');
}

async function set(context: CliContext, chatKey: string, flags: ChannelFlags): Promise<void> {
  const { terminal } = context;
  const desk = connectionOf(context, hostFlags(flags)).channels;
  const adapter = adapterOf(await desk.adapters(), chatKey);
  const isAsked = adapter?.credential !== undefined && flags.keep !== true;
  const what = `${chatKey} (${adapter?.credential ?? ''})`;
  const status = await desk.set(chatKey, {
    ...(isAsked && { credential: await readSecret(context, what, flags.file) }),
    ...{ options: flags.option, rate: flags.rate, agent: flags.agent },
  });
  if (flags['json'] !== undefined) terminal.printJson(status);
  else terminal.print(plain(`${chatKey} is set; \`gatehouse channels test ${chatKey}\` tries it`));
}

const adapterOf = (adapters: readonly AdapterInfo[], chatKey: string) =>
  adapters.find(({ name }) => chatKey.startsWith(`${name}-`));

async function remove(context: CliContext, chatKey: string, flags: ChannelFlags): Promise<void> {
  const { terminal, finish } = context;
  const removed = await connectionOf(context, hostFlags(flags)).channels.remove(chatKey);
  if (flags['json'] !== undefined) terminal.printJson({ chatKey, removed });
  else terminal.print(plain(`${chatKey} ${removed ? 'is removed' : 'was not set'}`));
  finish(removed ? 0 : 1);
}

async function test(context: CliContext, chatKey: string, flags: ChannelFlags): Promise<void> {
  const { terminal, finish } = context;
  const desk = connectionOf(context, hostFlags(flags)).channels;
  const { id } = await desk.test(chatKey);
  const entry = await settled(desk, id);
  if (flags['json'] !== undefined) terminal.printJson(entry ?? { id });
  else terminal.print(plain(outcomeOf(chatKey, entry)));
  finish(entry?.state === 'sent' ? 0 : 1);
}

/** The message once it is sent, was refused or failed for the first time; as it is when that takes long. */
async function settled(desk: ChannelsDesk, id: string): Promise<HistoryEntry | undefined> {
  const end = Date.now() + TEST_MS;
  for (;;) {
    const entry = await desk.message(id);
    const isOpen = entry === undefined || (entry.state === 'queued' && entry.error === undefined);
    if (!isOpen || Date.now() >= end) return entry;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function outcomeOf(chatKey: string, entry: HistoryEntry | undefined): string {
  if (entry?.state === 'sent') return `${chatKey}: sent`;
  const why = entry?.error ?? 'nothing was heard of it yet';
  return entry?.state === 'failed'
    ? `${chatKey}: failed: ${why}`
    : `${chatKey}: not sent yet, it is tried again: ${why}`;
}

async function history(context: CliContext, chatKey: string, flags: ChannelFlags): Promise<void> {
  const { terminal } = context;
  const { limit, before } = flags;
  const page = await connectionOf(context, hostFlags(flags)).channels.history(chatKey, { limit, before });
  if (flags['json'] !== undefined) return terminal.printJson(page);
  if (page.items.length === 0) return terminal.print('Nothing.');
  const rows = page.items.map(({ at, from, kind, text, attachment, state, error }) =>
    [timeOf(at), from, kind, attachment?.filename ?? firstLine(text), state, error ?? ''].map(plain),
  );
  terminal.print(formatTable(['AT', 'FROM', 'KIND', 'TEXT', 'STATE', 'ERROR'], rows));
  if (page.before !== undefined) terminal.print(`\nOlder with --before ${page.before}`);
}

function firstLine(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 80 || line.length < text.length ? `${line.slice(0, 79)}…` : line;
}

function hostFlags({
  keep: _keep,
  option: _option,
  rate: _rate,
  agent: _agent,
  limit: _limit,
  before: _before,
  file: _file,
  ...flags
}: ChannelFlags): HostFlags {
  return flags;
}

function toOption(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function toRate(text: string): Rate {
  const parsed = rate.parse(text, '');
  if (parsed === undefined || parsed === 'off') throw new InvalidArgumentError('Expected such as 30/1m.');
  return parsed;
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new InvalidArgumentError('Expected a whole number from 1 to 1000.');
}
