import type { Command } from 'commander';
import { HostError } from '../../core/errors';
import type { ToolEntry } from '../../core/tool-call';
import type { CliContext, InputStream } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { formatTable, plain } from './terminal';

type CallFlags = HostFlags & { readonly input?: string };

const LARGEST_BYTES = 4 * 1024 ** 2;

/** `tools list|call`. */
export function addToolsCommands(program: Command, context: CliContext): void {
  const tools = program.command('tools').description('What the plugins of a running host can do for agents');
  addConnectionOptions(tools.command('list [key]'))
    .description('List the tools of all plugins that serve, or of one')
    .action((key: string | undefined, flags: HostFlags) => list(context, key, flags));
  addConnectionOptions(tools.command('call <key> <tool>'))
    .option('--input <json>', 'its input, a JSON object; - takes it from standard input')
    .description('Call a tool and print what it gives, as JSON')
    .action((key: string, tool: string, flags: CallFlags) => call(context, key, tool, flags));
}

async function list(context: CliContext, key: string | undefined, flags: HostFlags): Promise<void> {
  const { terminal } = context;
  const all = await connectionOf(context, flags).tools.list();
  const tools = all.filter((tool) => key === undefined || tool.key === key);
  if (flags['json'] !== undefined) terminal.printJson({ tools });
  else if (tools.length === 0) terminal.print('No plugin that serves has a tool.');
  else terminal.print(formatTable(['PLUGIN', 'TOOL', 'INPUT', 'DESCRIPTION'], tools.map(rowOf)));
}

function rowOf({ key, name, description, inputSchema }: ToolEntry): readonly string[] {
  const { properties = {}, required = [] } = inputSchema;
  const input = Object.keys(properties).map((member) => (required.includes(member) ? member : `${member}?`));
  const [line = ''] = description.split('\n');
  return [key, name, input.join(', ') || '–', line].map((cell) => plain(cell).replaceAll('\n', ' '));
}

async function call(
  context: CliContext,
  key: string,
  tool: string,
  { input, ...flags }: CallFlags,
): Promise<void> {
  const text = input === '-' ? await readAll(context.stdin()) : input;
  const given = text === undefined ? undefined : parsed(text);
  const output = await connectionOf(context, flags).tools.call(key, tool, given);
  if (flags['json'] !== undefined) context.terminal.printJson({ plugin: key, tool, output });
  else if (typeof output === 'string') context.terminal.print(plain(output));
  else if (output !== undefined) context.terminal.printJson(output);
}

async function readAll(input: InputStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BYTES)
      throw new HostError('tools/bad-request', [`the input is larger than ${LARGEST_BYTES} bytes`]);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HostError('tools/bad-request', ['--input is not JSON'], { cause });
  }
}
