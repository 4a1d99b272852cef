import { InvalidArgumentError, type Command } from 'commander';
import { duration } from '../../core/settings-kinds';
import type { Secret } from '../../core/secret';
import type { SecretChange, SecretsDesk, SecretStatus, WaitingSecret } from '../secrets-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { addRekeyCommand } from './rekey-command';
import { readSecret } from './secret-input';
import { formatTable, plain, type Terminal } from './terminal';
import { listUserSecrets } from './user-secrets-list';

/** Of a rotation: senders that take a new secret within a day lose nothing. */
const OVERLAP = '24h';
const overlap = duration({ min: 0, max: 31_536_000_000 });

type SecretFlags = HostFlags & {
  readonly generate?: boolean;
  readonly overlap?: number;
  readonly dismiss?: boolean;
  readonly show?: boolean;
  readonly id?: string;
  readonly user?: string;
};

/** `secrets set|rotate|approve|list|remove|rekey`. A value is never an argument: those stand in histories and process lists. */
export function addSecretsCommands(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .description('Give the plugins of a running host their secrets; values are told to nobody');
  const user = ['--user <id>', 'the secret that the plugin keeps for this user, not its own'] as const;
  const file = ['--file <file>', 'take the value from a file, else from standard input'] as const;
  addConnectionOptions(secrets.command('set <key> <name>'))
    .option(...file)
    .option(...user)
    .description('Set a secret of a plugin; all other values of the name end at once')
    .action((key: string, name: string, flags: SecretFlags) => set(context, key, name, flags));
  addConnectionOptions(secrets.command('rotate <key> <name>'))
    .option(...file)
    .option('--generate', 'let the host make the value; it is printed, this once')
    .option(
      '--overlap <duration>',
      'how long the values until now still count',
      toOverlap,
      toOverlap(OVERLAP),
    )
    .description('Add a value; those until now end after the overlap')
    .action((key: string, name: string, flags: SecretFlags, command: Command) => {
      if (flags.generate === true && flags['file'] !== undefined)
        command.error('error: give either --file or --generate');
      return rotate(context, key, name, flags);
    });
  addConnectionOptions(secrets.command('approve <key> <name>'))
    .option('--id <id>', 'only if that one waits, of those that `secrets list` shows')
    .option('--show', 'print the value, this once, for a sender that wants to be told it')
    .option('--dismiss', 'forget the value instead')
    .description('Take the value that a sender chose while it was set up, and that waits, for the secret')
    .action((key: string, name: string, flags: SecretFlags, command: Command) => {
      if (flags.dismiss === true && (flags.id !== undefined || flags.show === true))
        command.error('error: --dismiss goes with neither --id nor --show');
      return approve(context, key, name, flags);
    });
  addConnectionOptions(secrets.command('list [key]'))
    .option('--user <id>', 'those that the plugin keeps for this user; * for all of its users')
    .description('List the secrets of plugins: what is set, what is missing, and what waits for approval')
    .action((key: string | undefined, flags: SecretFlags, command: Command) => {
      if (flags.user === undefined) return list(context, key, flags);
      if (key === undefined) command.error('error: name the plugin');
      return listUserSecrets(context, key ?? '', flags.user, hostFlags(flags));
    });
  addRekeyCommand(secrets, context);
  addConnectionOptions(secrets.command('remove <key> <name>'))
    .option(...user)
    .description('Take all values of a secret away that are stored')
    .action((key: string, name: string, flags: SecretFlags) => remove(context, key, name, flags));
}

async function set(context: CliContext, key: string, name: string, flags: SecretFlags): Promise<void> {
  const desk = connectionOf(context, hostFlags(flags)).secrets;
  const value = await valueFor(context, desk, { key, name }, flags);
  const { user } = flags;
  const done = user === undefined ? 'is set' : `is set for ${user}`;
  const setting = user === undefined ? desk.set(key, name, value) : desk.users.set(key, user, name, value);
  tellChange(context, { key, name, done }, await setting, flags);
}

async function rotate(context: CliContext, key: string, name: string, flags: SecretFlags): Promise<void> {
  const desk = connectionOf(context, hostFlags(flags)).secrets;
  const isMade = flags.generate === true;
  const value = isMade ? undefined : await valueFor(context, desk, { key, name }, flags);
  const overlapMs = flags.overlap ?? 0;
  const until = overlapMs === 0 ? 'at once' : `at ${timeOf(Date.now() + overlapMs)}`;
  const done = `has a new value, the others end ${until}`;
  tellChange(context, { key, name, done }, await desk.rotate(key, name, overlapMs, value), flags);
}

/** The host is asked first: nobody types a secret for one that is not there. */
async function valueFor(
  context: CliContext,
  desk: SecretsDesk,
  { key, name }: { readonly key: string; readonly name: string },
  flags: SecretFlags,
): Promise<Secret> {
  await desk.list(key);
  return readSecret(context, `${key} ${name}`, flags['file']);
}

function tellChange(
  { terminal }: CliContext,
  { key, name, done }: { readonly key: string; readonly name: string; readonly done: string },
  { id, declared, generated, approved }: SecretChange,
  flags: SecretFlags,
): void {
  if (flags['json'] !== undefined)
    terminal.printJson({
      ...{ plugin: key, name, id, declared },
      ...(generated !== undefined && { value: generated.reveal() }),
      ...(approved !== undefined && { approved }),
    });
  else if (generated !== undefined) terminal.print(generated.reveal());
  // Beside a value the sentence goes to the error stream: the value alone can be piped on.
  const tell = generated === undefined ? terminal.print : terminal.complain;
  if (flags['json'] === undefined) tell(plain(`${key} ${name} ${done} (${id})`));
  if (!declared) terminal.complain(plain(`warning: ${key} declares no secret ${name}`));
}

async function approve(context: CliContext, key: string, name: string, flags: SecretFlags): Promise<void> {
  const { terminal, finish } = context;
  const desk = connectionOf(context, hostFlags(flags)).secrets;
  if (flags.dismiss !== true) {
    const change = await desk.approve(key, name, flags.id, flags.show === true);
    const { approved } = change;
    const what = approved && `, which came ${timeOf(approved.createdAt)} ${originOf(approved)}`;
    tellChange(context, { key, name, done: `is approved${what ?? ''}` }, change, flags);
    return;
  }
  const dismissed = await desk.dismiss(key, name);
  if (flags['json'] !== undefined) terminal.printJson({ plugin: key, name, dismissed });
  else terminal.print(plain(`${key} ${name} ${dismissed ? 'is forgotten' : 'had no value that waits'}`));
  finish(dismissed ? 0 : 1);
}

async function list(context: CliContext, key: string | undefined, flags: SecretFlags): Promise<void> {
  const { terminal } = context;
  const secrets = await connectionOf(context, hostFlags(flags)).secrets.list(key);
  if (flags['json'] !== undefined) terminal.printJson({ secrets });
  else if (secrets.length === 0) terminal.print('No plugin has or wants a secret.');
  else
    terminal.print(
      formatTable(
        ['PLUGIN', 'NAME', 'SET BY', 'VALUE', 'SINCE', 'UNTIL', ''],
        secrets.flatMap((secret) => rowsOf(secret, terminal)),
      ),
    );
}

function rowsOf(secret: SecretStatus, { colors }: Terminal): string[][] {
  const { required, declared, description, values, waiting, users = 0 } = secret;
  const writer = declared ? WRITERS[secret.writeMode ?? 'both'] : '';
  const head = [secret.plugin, secret.name, writer].map(plain);
  const note = plain(declared ? description : 'not declared');
  const proposed = waiting === undefined ? [] : [[...head, ...waitingCells(waiting, note)]];
  const ofUsers = users === 0 ? [] : [[...head, users === 1 ? '1 user' : `${users} users`, '', '', note]];
  if (values.length === 0 && waiting === undefined && (required || users === 0)) {
    const lack = required ? colors.red('missing') : 'not set';
    return [[...head, lack, '', '', note], ...ofUsers];
  }
  const live = values.map(({ id, createdAt, notAfter, origin }) => [
    ...[...head, plain(id), origin === 'environment' ? 'start' : timeOf(createdAt)],
    ...[timeOf(notAfter), note],
  ]);
  return [...live, ...proposed, ...ofUsers];
}

/** Of what is declared, by its `writeMode`. */
const WRITERS = { user: 'operator', extension: 'plugin', both: 'both' } as const;

function waitingCells(waiting: WaitingSecret, note: string): string[] {
  const what = plain(`${waiting.id} ${originOf(waiting)}`);
  return ['waiting for approval', timeOf(waiting.createdAt), '', note === '' ? what : `${what}: ${note}`];
}

function originOf({ from, fingerprint }: WaitingSecret): string {
  const where = from?.ip === '' ? 'this machine' : (from?.ip ?? 'somewhere');
  return `from ${where}, fingerprint ${fingerprint}`;
}

async function remove(context: CliContext, key: string, name: string, flags: SecretFlags): Promise<void> {
  const { terminal } = context;
  const desk = connectionOf(context, hostFlags(flags)).secrets;
  const { user } = flags;
  const removed = await (user === undefined ? desk.remove(key, name) : desk.users.remove(key, user, name));
  if (flags['json'] !== undefined) terminal.printJson({ plugin: key, name, removed });
  else terminal.print(plain(`${key} ${name} ${removed ? 'is removed' : 'had no value'}`));
  context.finish(removed ? 0 : 1);
}

function hostFlags({
  generate: _generate,
  overlap: _overlap,
  dismiss: _dismiss,
  id: _id,
  user: _user,
  ...flags
}: SecretFlags): HostFlags {
  return flags;
}

function toOverlap(text: string): number {
  const parsed = overlap.parse(text, '');
  if (parsed === undefined) throw new InvalidArgumentError(`Expected ${overlap.expected}.`);
  return parsed;
}
