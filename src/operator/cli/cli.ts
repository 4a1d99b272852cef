import { Command, CommanderError } from 'commander';
import { isHostError, toError } from '../../core/errors';
import { readVersion } from '../version';
import type { CliContext, CliParts } from './cli-context';
import { addBackupCommand } from './backup-command';
import { addCompletionsCommand } from './completions-command';
import { addAuditCommands } from './audit-commands';
import { addChannelsCommands } from './channels-commands';
import { addDataCommands } from './data-commands';
import { describeCommand, type CommandDescription } from './described-command';
import { addDoctorCommand } from './doctor-command';
import { addEventsCommands } from './events-commands';
import { addInboxCommands } from './inbox-commands';
import { addInspectionCommands } from './inspection-commands';
import { addNewCommand } from './new-command';
import { addLogsCommand } from './logs-command';
import { addMigrateCommand } from './migrate-command';
import { addPluginCommands } from './plugin-commands';
import { addProveCommand } from './prove-command';
import { addRestoreCommand } from './restore-command';
import { addRunsCommands } from './runs-commands';
import { addSchedulesCommands } from './schedules-commands';
import { addSecretsCommands } from './secrets-commands';
import { addSendCommand } from './send-command';
import { addServeCommands } from './serve-command';
import { createTerminal, plain, type Terminal } from './terminal';
import { addTokensCommands } from './tokens-commands';
import { addToolsCommands } from './tools-commands';
import { addTypesCommand } from './types-command';
import { addUsersCommands } from './users-commands';

const DONE = 0;
const FAILED = 1;
const USAGE = 2;
const UNREACHABLE = 3;

/**
 * Runs one command line, `argv` without node and script. Resolves with the exit code: 0 done, 1 failed, 2 usage,
 * 3 the host cannot be reached. `serve` and `dev` resolve once the host stopped. Never rejects.
 */
export async function runCli(argv: readonly string[], parts: CliParts): Promise<number> {
  const terminal = createTerminal(parts.stdout, parts.stderr, parts.env);
  let exitCode = DONE;
  const context: CliContext = { ...parts, terminal, finish: (code) => (exitCode = code) };
  try {
    await buildProgram(context).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    return explainFailure(thrown, terminal, argv.includes('--json'));
  }
}

/** Every command there is, for documents. @public */
export function describeCommandLine(): CommandDescription {
  const silent = { write: () => true };
  const terminal = createTerminal(silent, silent, {});
  // Nothing runs: only what commands say of themselves is read.
  return describeCommand(buildProgram({ terminal, stdout: silent, stderr: silent } as unknown as CliContext));
}

function buildProgram(context: CliContext): Command {
  const program = new Command('gatehouse')
    .description('A host for agent plugins that speak HTTP.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(add --help for what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHasColors: () => context.terminal.colors.isColorSupported,
      getErrHasColors: () => false,
    })
    .addHelpText('after', EXAMPLES);
  addServeCommands(program, context);
  addNewCommand(program, context);
  addPluginCommands(program, context);
  addInboxCommands(program, context);
  addSecretsCommands(program, context);
  addUsersCommands(program, context);
  addChannelsCommands(program, context);
  addSendCommand(program, context);
  addToolsCommands(program, context);
  addEventsCommands(program, context);
  addSchedulesCommands(program, context);
  addDataCommands(program, context);
  addTokensCommands(program, context);
  addAuditCommands(program, context);
  addRunsCommands(program, context);
  addDoctorCommand(program, context);
  addLogsCommand(program, context);
  addInspectionCommands(program, context);
  addTypesCommand(program, context);
  addMigrateCommand(program, context);
  addProveCommand(program, context);
  addBackupCommand(program, context);
  addRestoreCommand(program, context);
  addCompletionsCommand(program, context);
  return program;
}

const EXAMPLES = `
Examples:
  gatehouse serve --plugins ./plugins --port 8021
  gatehouse new acme.ci
  gatehouse plugins list
  gatehouse plugins add @acme/gatehouse-ci
  gatehouse plugins reload acme.ci --url https://plugins.example.org --token …
  gatehouse inbox list dead
  gatehouse inbox retry --plugin acme.ci --dry-run
  gatehouse secrets rotate acme.ci GITHUB_WEBHOOK_SECRET --generate
  gatehouse send github push --to acme.ci/github
  gatehouse doctor
  source <(gatehouse completions bash)
  gatehouse logs acme.ci --follow
  gatehouse explain POST /api/plugin/acme.ci/github
  gatehouse types acme.ci --out acme-ci.d.ts
  gatehouse tools call acme.ci last_build --input '{"branch":"main"}'
  gatehouse tokens create ci-agent --scope tools:acme.ci --expires 90d

Exit codes: 0 done, 1 failed, 2 usage, 3 the host cannot be reached.
Settings: a flag wins over GATEHOUSE_* variables, these over gatehouse.yaml; \`gatehouse config check\` shows them.`;

function explainFailure(thrown: unknown, terminal: Terminal, asJson: boolean): number {
  // Commander has already printed what is wrong; help and version end this way too, with exit code 0.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? DONE : USAGE;
  const error = toError(thrown);
  const code = isHostError(error) ? error.code : 'internal/unexpected';
  if (asJson) terminal.printJson({ error: { code, message: error.message } });
  terminal.complain(plain(`error: ${isHostError(error) ? error.message : (error.stack ?? error.message)}`));
  return code === 'operator/unreachable' ? UNREACHABLE : FAILED;
}
