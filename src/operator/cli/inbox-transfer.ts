import { createReadStream } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { HostError, isHostError, toError } from '../../core/errors';
import type { InboxDesk, InboxFilter } from '../../core/ports/inbox-desk';
import { jobSteps } from '../job-lines';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import { addFilterOptions, filterOf, hostFlags, type InboxFlags } from './inbox-filter';
import { replaceFile } from './replace-file';
import type { OutputStream } from './terminal';

/** `export` and `import`: jobs that are not done, as JSON lines. */
export function addInboxTransfers(inbox: Command, context: CliContext): void {
  addFilterOptions(addConnectionOptions(inbox.command('export')))
    .option('--output <file>', 'write there, readable by its owner alone, instead of printing')
    .description('Write jobs that are not done, with their requests, as JSON lines; they stay where they are')
    .action((flags: InboxFlags) => exportJobs(context, flags));
  addConnectionOptions(inbox.command('import <file>'))
    .description('Store jobs that were exported; what is there already is not stored again')
    .action((file: string, flags: InboxFlags) => importJobs(context, file, flags));
}

async function exportJobs(context: CliContext, flags: InboxFlags): Promise<void> {
  const { terminal, stdout, cwd } = context;
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  const filter = filterOf(flags);
  const output = flags['output'] as string | undefined;
  if (output === undefined) {
    await writeJobs(desk, filter, (line) => print(stdout, line));
    return;
  }
  const exported = await replaceFile(path.resolve(cwd, output), (write) =>
    writeJobs(desk, filter, write),
  ).catch((error: unknown) => {
    throw isHostError(error) ? error : badFile(output, error);
  });
  if (flags['json'] === true) terminal.printJson({ exported });
  else terminal.print(`${exported} exported to ${output}`);
}

/** Answers how many. A page is asked for once the one before is written. */
async function writeJobs(
  desk: InboxDesk,
  filter: InboxFilter,
  write: (line: string) => Promise<void>,
): Promise<number> {
  let exported = 0;
  let after: string | undefined;
  do {
    const page = await desk.export(filter, after);
    for (const job of page.jobs) await write(`${JSON.stringify(job)}\n`);
    exported += page.jobs.length;
    after = page.next;
  } while (after !== undefined);
  return exported;
}

/** Resolves when whoever reads it keeps up. */
async function print(stream: OutputStream, line: string): Promise<void> {
  if (stream.write(line) !== false || stream.once === undefined) return;
  await new Promise<void>((resolve) => stream.once?.('drain', () => resolve()));
}

async function importJobs(context: CliContext, file: string, flags: InboxFlags): Promise<void> {
  const { terminal, cwd } = context;
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  const sum = { imported: 0, duplicates: 0 };
  const lines = createReadStream(path.resolve(cwd, file)) as AsyncIterable<Buffer>;
  try {
    for await (const { jobs } of jobSteps(lines)) {
      const { imported, duplicates } = await desk.import(jobs);
      sum.imported += imported;
      sum.duplicates += duplicates;
    }
  } catch (error) {
    throw isHostError(error) ? error : badFile(file, error);
  }
  if (flags['json'] === true) terminal.printJson(sum);
  else terminal.print(`${sum.imported} imported, ${sum.duplicates} were there already`);
}

function badFile(shown: string, error: unknown): HostError {
  return new HostError('inbox/bad-file', [shown, toError(error).message], { cause: error });
}
