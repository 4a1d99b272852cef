import { Option, type Command } from 'commander';
import { HostError } from '../../core/errors';
import { RUN_STATES, type AgentRunSummary } from '../../core/ports/runs-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { formatTable, plain } from './terminal';

type ListFlags = HostFlags & {
  readonly plugin?: string;
  readonly state?: AgentRunSummary['state'];
  readonly limit?: string;
};
const PROMPT_CHARACTERS = 60;

/** `runs`: what the agent was asked to do, and what came of it. */
export function addRunsCommands(program: Command, context: CliContext): void {
  const runs = program.command('runs').description('Runs of the agent');
  addConnectionOptions(runs.command('list'))
    .option('--plugin <key>', 'only those of one plugin')
    .addOption(new Option('--state <state>', 'only those that stand so').choices([...RUN_STATES]))
    .option('--limit <count>', 'how many, the latest first', '50')
    .description('List runs of the agent')
    .action((flags: ListFlags) => list(context, flags));
  addConnectionOptions(runs.command('show <id>'))
    .description('Show one run: its prompt, its answer, the tools it called')
    .action((id: string, flags: HostFlags) => show(context, id, flags));
}

async function list(context: CliContext, { plugin, state, limit, ...flags }: ListFlags): Promise<void> {
  const { terminal } = context;
  const page = await connectionOf(context, flags).runs.list({ plugin, state, limit: Number(limit) });
  if (flags['json'] !== undefined) terminal.printJson(page);
  else if (page.runs.length === 0) terminal.print('No runs.');
  else
    terminal.print(
      formatTable(['RUN', 'STATE', 'ASKED', 'PLUGIN', 'TOKENS', 'PROMPT'], page.runs.map(rowOf)),
    );
}

function rowOf({ id, state, requestedAt, plugin, tokens, prompt }: AgentRunSummary): string[] {
  const [line = ''] = prompt.split('\n');
  const head = line.length > PROMPT_CHARACTERS ? `${line.slice(0, PROMPT_CHARACTERS)}…` : line;
  return [id, state, timeOf(requestedAt), plugin, String(tokens), head].map(plain);
}

async function show(context: CliContext, id: string, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const run = await connectionOf(context, flags).runs.find(id);
  if (run === undefined) throw new HostError('agent/no-run', [id]);
  if (flags['json'] !== undefined) {
    terminal.printJson(run);
    return;
  }
  const facts = Object.entries({
    run: run.id,
    plugin: run.plugin,
    state: run.state,
    asked: timeOf(run.requestedAt),
    ended: timeOf(run.endedAt),
    endpoint: run.endpoint,
    channel: run.channel,
    requests: String(run.requests),
    depth: String(run.depth),
    steps: String(run.steps),
    tokens: String(run.tokens),
    tools: run.calls.map(({ tool, ok }) => (ok ? tool : `${tool} (failed)`)).join(', '),
    reason: run.reason,
  }).filter(([, value]) => value !== undefined && value !== '');
  const lines = facts.map(([name, value]) => `${name.padEnd(9)} ${String(value)}`);
  const parts = [lines.join('\n'), run.prompt, ...(run.answer === undefined ? [] : [`→ ${run.answer}`])];
  terminal.print(plain(parts.join('\n\n')));
}
