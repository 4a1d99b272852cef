import path from 'node:path';
import { HostError, isHostError, toError } from '../../core/errors';
import type { CliContext } from './cli-context';
import { connectionOf } from './host-connection';
import { hostFlags, type InboxFlags } from './inbox-filter';
import { replaceFile } from './replace-file';

/**
 * `inbox show <receipt> --fixture`: the request as a file for tests, printed or written where `--output` says.
 * @throws inbox/not-found, inbox/bad-file
 */
export async function showFixture(context: CliContext, id: string, flags: InboxFlags): Promise<void> {
  const { terminal, stdout, cwd } = context;
  const { filename, text } = await connectionOf(context, hostFlags(flags)).deliveries.fixture(id);
  const output = flags['output'] as string | undefined;
  const isJson = flags['json'] === true;
  if (output === undefined) {
    // As it is: JSON has no control characters, and it may be piped on.
    if (isJson) terminal.printJson({ filename, text });
    else stdout.write(text);
    return;
  }
  await replaceFile(path.resolve(cwd, output), (write) => write(text)).catch((error: unknown) => {
    if (isHostError(error)) throw error;
    throw new HostError('inbox/bad-file', [output, toError(error).message], { cause: error });
  });
  if (isJson) terminal.printJson({ filename, output });
  else terminal.print(`The fixture is in ${output}`);
}
