import type { Command } from 'commander';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { formatTable, plain } from './terminal';

type UserFlags = HostFlags & { readonly channel?: string };

/** `users set|list|remove`: where users are told things. */
export function addUsersCommands(program: Command, context: CliContext): void {
  const users = program.command('users').description('Say where the users of plugins are told things');
  addConnectionOptions(users.command('set <id>'))
    .requiredOption('--channel <chat_key>', 'the chat, as in slack-ops')
    .description('Set the channel of a user')
    .action((id: string, flags: UserFlags) => set(context, id, flags));
  addConnectionOptions(users.command('list'))
    .description('List the users that a channel is set for; all others are told on console-user-<id>')
    .action((flags: UserFlags) => list(context, flags));
  addConnectionOptions(users.command('remove <id>'))
    .description('Take the channel of a user away')
    .action((id: string, flags: UserFlags) => remove(context, id, flags));
}

async function set(context: CliContext, id: string, { channel = '', ...flags }: UserFlags): Promise<void> {
  const { terminal } = context;
  const user = await connectionOf(context, flags).users.set(id, channel);
  if (flags['json'] !== undefined) terminal.printJson(user);
  else terminal.print(plain(`${user.userId} is told on ${user.channel}`));
}

async function list(context: CliContext, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const users = await connectionOf(context, flags).users.list();
  if (flags['json'] !== undefined) terminal.printJson({ users });
  else if (users.length === 0) terminal.print('No user has a channel set.');
  else
    terminal.print(
      formatTable(
        ['USER', 'CHANNEL'],
        users.map(({ userId, channel }) => [plain(userId), plain(channel)]),
      ),
    );
}

async function remove(context: CliContext, id: string, flags: HostFlags): Promise<void> {
  const { terminal, finish } = context;
  const removed = await connectionOf(context, flags).users.remove(id);
  if (flags['json'] !== undefined) terminal.printJson({ userId: id, removed });
  else terminal.print(plain(`${id} ${removed ? `is told on console-user-${id} from now on` : 'had none'}`));
  finish(removed ? 0 : 1);
}
