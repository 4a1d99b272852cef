import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { HostError, toError } from '../../core/errors';
import type { ExportedJob } from '../../core/ports/inbox-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import { addFilterOptions, filterOf, hostFlags, type InboxFlags } from './inbox-filter';

/** Of one request to the host. */
const STEP_JOBS = 200;
const STEP_CHARACTERS = 8 * 1024 ** 2;

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
  const output = flags['output'] as string | undefined;
  const file =
    output === undefined ? undefined : createWriteStream(path.resolve(cwd, output), { mode: 0o600 });
  const ended = file && finished(file);
  // Watched from the start: a folder that is not there is known before the first page is.
  ended?.catch(() => {});
  let exported = 0;
  let after: string | undefined;
  do {
    const page = await desk.export(filterOf(flags), after);
    for (const job of page.jobs) (file ?? stdout).write(`${JSON.stringify(job)}\n`);
    exported += page.jobs.length;
    after = page.next;
  } while (after !== undefined);
  if (file === undefined) return;
  file.end();
  await ended?.catch((error: unknown) => {
    throw new HostError('inbox/bad-file', [String(output), toError(error).message], { cause: error });
  });
  if (flags['json'] === true) terminal.printJson({ exported });
  else terminal.print(`${exported} exported to ${output}`);
}

async function importJobs(context: CliContext, file: string, flags: InboxFlags): Promise<void> {
  const { terminal, cwd } = context;
  const desk = connectionOf(context, hostFlags(flags)).inbox;
  const sum = { imported: 0, duplicates: 0 };
  for await (const jobs of stepsOf(path.resolve(cwd, file), file)) {
    const { imported, duplicates } = await desk.import(jobs);
    sum.imported += imported;
    sum.duplicates += duplicates;
  }
  if (flags['json'] === true) terminal.printJson(sum);
  else terminal.print(`${sum.imported} imported, ${sum.duplicates} were there already`);
}

async function* stepsOf(absolute: string, shown: string): AsyncGenerator<ExportedJob[]> {
  const fail = (why: string, cause: unknown): never => {
    throw new HostError('inbox/bad-file', [shown, why], { cause });
  };
  let step: ExportedJob[] = [];
  let [characters, number] = [0, 0];
  const lines = createInterface({ input: createReadStream(absolute), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      number += 1;
      if (line.trim() === '') continue;
      step.push(parseLine(line, number));
      characters += line.length;
      if (step.length < STEP_JOBS && characters < STEP_CHARACTERS) continue;
      yield step;
      step = [];
      characters = 0;
    }
  } catch (error) {
    if (error instanceof HostError) throw error;
    fail(toError(error).message, error);
  }
  if (step.length > 0) yield step;
}

function parseLine(line: string, number: number): ExportedJob {
  try {
    return JSON.parse(line) as ExportedJob;
  } catch (error) {
    throw new Error(`line ${number} is not JSON`, { cause: error });
  }
}
