import type { CliContext } from './cli-context';
import { connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

/** `secrets list <key> --user <id>`; `*` is every user. */
export async function listUserSecrets(
  context: CliContext,
  key: string,
  user: string,
  flags: HostFlags,
): Promise<void> {
  const { terminal } = context;
  const { users } = connectionOf(context, flags).secrets;
  const secrets = await users.list(key, user === '*' ? undefined : user);
  if (flags['json'] !== undefined) terminal.printJson({ secrets });
  else if (secrets.length === 0) terminal.print(plain(`${key} keeps no secret for ${user}.`));
  else
    terminal.print(
      formatTable(
        ['USER', 'NAME', 'VALUE', 'SINCE'],
        secrets.map(({ userId, name, id, createdAt }) => [
          ...[userId, name, id].map(plain),
          timeOf(createdAt),
        ]),
      ),
    );
}
