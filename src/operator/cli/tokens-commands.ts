import { InvalidArgumentError, type Command } from 'commander';
import { duration } from '../../core/settings-kinds';
import type { TokenInfo } from '../tokens';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

const lifetime = duration({ min: 1, max: 315_360_000_000 });

interface CreateFlags {
  readonly scope: readonly string[];
  readonly user?: string;
  readonly role?: readonly string[];
  readonly expires?: number;
}

/** `tokens create|list|revoke`. */
export function addTokensCommands(program: Command, context: CliContext): void {
  const tokens = program
    .command('tokens')
    .description('Let others use some of a running host, each with a token of its own');
  addConnectionOptions(tokens.command('create <name>'))
    .requiredOption(
      '--scope <scope>',
      'what it may: admin, read, tools, tools:<key>, app:<id>; may be repeated',
      collect,
    )
    .option('--user <id>', 'in whose name its holder asks')
    .option('--role <role>', 'what that user is; may be repeated', collect)
    .option(
      '--expires <duration>',
      'how long it counts, e.g. 90d; without it until it is revoked',
      toLifetime,
    )
    .description('Make a token; it is printed, this once')
    .action((name: string, { scope, user, role, expires, ...flags }: HostFlags & CreateFlags) =>
      create(context, name, { scope, user, role, expires } as CreateFlags, flags as HostFlags),
    );
  addConnectionOptions(tokens.command('list'))
    .description('List tokens: what they may, until when, and when they were used')
    .action((flags: HostFlags) => list(context, flags));
  addConnectionOptions(tokens.command('revoke <name>'))
    .description('Take a token back, at once and on every host')
    .action((name: string, flags: HostFlags) => revoke(context, name, flags));
}

async function create(
  context: CliContext,
  name: string,
  { scope, user, role, expires }: CreateFlags,
  flags: HostFlags,
): Promise<void> {
  const { terminal } = context;
  const request = { name, scopes: scope, user, roles: role, expiresMs: expires };
  const { token, value } = await connectionOf(context, flags).tokens.create(request);
  if (flags['json'] !== undefined) {
    terminal.printJson({ ...token, value: value.reveal() });
    return;
  }
  // The sentence goes to the error stream: the value alone can be piped on.
  terminal.print(value.reveal());
  const until = token.notAfter === undefined ? 'until it is revoked' : `until ${timeOf(token.notAfter)}`;
  terminal.complain(plain(`${name} may ${token.scopes.join(', ')} ${until}; it is not shown again`));
}

async function list(context: CliContext, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const tokens = await connectionOf(context, flags).tokens.list();
  if (flags['json'] !== undefined) terminal.printJson({ tokens });
  else if (tokens.length === 0) terminal.print('There are no tokens but the operator’s own.');
  else
    terminal.print(formatTable(['NAME', 'SCOPES', 'USER', 'SINCE', 'UNTIL', 'LAST USED'], tokens.map(rowOf)));
}

function rowOf({ name, scopes, user, roles = [], createdAt, notAfter, lastUsedAt }: TokenInfo): string[] {
  const who = roles.length === 0 ? (user ?? '') : `${user ?? ''} (${roles.join(', ')})`;
  const ended = notAfter !== undefined && notAfter <= Date.now() ? ' (ended)' : '';
  return [
    name,
    scopes.join(', '),
    plain(who.trim()),
    timeOf(createdAt),
    timeOf(notAfter) + ended,
    timeOf(lastUsedAt),
  ];
}

async function revoke(context: CliContext, name: string, flags: HostFlags): Promise<void> {
  const { terminal, finish } = context;
  const revoked = await connectionOf(context, flags).tokens.revoke(name);
  if (flags['json'] !== undefined) terminal.printJson({ name, revoked });
  else terminal.print(plain(revoked ? `${name} is revoked` : `there is no token ${name}`));
  finish(revoked ? 0 : 1);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function toLifetime(text: string): number {
  const parsed = lifetime.parse(text, '');
  if (parsed === undefined) throw new InvalidArgumentError(`Expected ${lifetime.expected}.`);
  return parsed;
}
