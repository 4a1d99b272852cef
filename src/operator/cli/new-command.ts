import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { HostError, isHostError } from '../../core/errors';
import { nearestName } from '../../core/nearest-name';
import { moduleOf, parsePluginKey, type PluginKey } from '../../core/plugin-key';
import type { PluginStatus } from '../../core/ports/plugin-registry';
import type { Samples } from '../../core/ports/samples';
import { scaffoldFiles, secretNameOf, TEST_SECRET } from '../scaffold/plugin-scaffold';
import { localSocketPath } from '../local-socket';
import { connectOperator } from '../operator-client';
import { readVersion } from '../version';
import type { CliContext } from './cli-context';
import { addSettingsOptions, settingsOf, type HostFlags } from './host-options';
import { describeState } from './start-report';
import { plain } from './terminal';

type NewFlags = HostFlags & { readonly folder?: string; readonly webhook: string };

const OWN_FOLDER = path.join(__dirname, '../../..');

/** `new`: a plugin that loads and whose test passes, to begin with. */
export function addNewCommand(program: Command, context: CliContext): void {
  addSettingsOptions(program.command('new').argument('<author.module>', 'its key', toKey), [
    'plugins.folders',
    'data',
    'publicUrl',
    'port',
  ])
    .option('--folder <folder>', 'where to (default: <module> in the first plugins folder)')
    .option('--webhook <sender>', 'whose webhooks it takes, e.g. stripe', 'github')
    .option('--json', 'print one JSON document instead of text')
    .description('Write a new plugin: TypeScript, a verified webhook and a route, a test that passes')
    .action((key: PluginKey, flags: NewFlags) => create(context, key, flags));
}

async function create(
  context: CliContext,
  key: PluginKey,
  { folder: given, webhook: sender, ...flags }: NewFlags,
): Promise<void> {
  const { terminal, cwd, samples } = context;
  requireSender(samples, sender);
  const { settings } = settingsOf(context, flags as HostFlags);
  const [parent = path.join(cwd, 'plugins')] = settings.plugins.folders;
  const folder = given === undefined ? path.join(parent, moduleOf(key)) : path.resolve(cwd, given);
  const gatehouse = gatehouseFor(folder);
  const base = settings.publicUrl ?? `http://127.0.0.1:${settings.port}`;
  const files = scaffoldFiles({ key, sender, version: readVersion(), gatehouse, base });
  await writeWhole(folder, files);
  const plugins = await lookedAt(settings.data);
  const found = plugins?.find((plugin) => plugin.folder === realpathSync(folder));
  const shown = path.relative(cwd, folder) || '.';
  if (flags['json'] !== undefined) {
    terminal.printJson({ plugin: key, folder, files: Object.keys(files), state: found?.state });
    return;
  }
  terminal.print(plain(`${key} is in ${shown}: ${Object.keys(files).join(', ')}\n`));
  if (found !== undefined) terminal.print(`The host that runs has it ${describeState(found, terminal)}\n`);
  else if (plugins !== undefined)
    terminal.print('The host that runs does not look there: its plugins folders are others.\n');
  const isFound = settings.plugins.folders.includes(path.dirname(folder));
  const dev = isFound ? 'gatehouse dev' : `gatehouse dev --plugins ${path.dirname(folder)}`;
  const steps = [
    ['check its types and run its test', `cd ${shown} && npm install && npm test`],
    found === undefined
      ? ['serve it, and reload it as you write', dev]
      : ['load it again after a change, where the host does not watch', `gatehouse plugins reload ${key}`],
    ['set its secret', `gatehouse secrets set ${key} ${secretNameOf(sender)}`],
    ['send it a test event', `gatehouse send ${sender} --to ${key}/${sender}`],
  ];
  terminal.print(plain(`Next:\n${steps.map(([what, line]) => `  ${line}\n      ${what}`).join('\n')}`));
}

/** What a host that runs has, once it looked again; undefined where none can be asked: what was written stays all the same. */
async function lookedAt(data: string): Promise<readonly PluginStatus[] | undefined> {
  try {
    return await connectOperator({ socketPath: localSocketPath(data) }).upkeep.rescan();
  } catch (thrown) {
    if (isHostError(thrown)) return undefined;
    throw thrown;
  }
}

function toKey(text: string): PluginKey {
  const key = parsePluginKey(text);
  if (key !== undefined) return key;
  throw new InvalidArgumentError(
    'A plugin is called author.module; both are letters, digits and _, and begin with no digit.',
  );
}

const NO_TEST = 'a test cannot sign as it does';
/** Samples of them are signed by code that tests do not have. */
const BY_CODE: readonly string[] = ['twilio'];

/** Its test has to sign as the sender does, with a secret that is a text. */
function requireSender(samples: Samples, sender: string): void {
  const all = samples.list().map((one) => one.sender);
  if (!all.includes(sender)) {
    const near = nearestName(sender, all);
    throw new HostError('scaffold/unknown-sender', [
      sender,
      near === undefined ? all.join(', ') : `did you mean ${near}?`,
    ]);
  }
  if (BY_CODE.includes(sender)) throw new HostError('scaffold/unknown-sender', [sender, NO_TEST]);
  try {
    samples.make(
      { sender },
      {
        access: { signature: sender, secret: 'SECRET' },
        ...{ method: 'POST', target: '/', publicBase: 'http://localhost', at: Date.now() },
        ...{ secretOf: () => TEST_SECRET, urlToken: undefined, operatorToken: '' },
      },
    );
  } catch (thrown) {
    if (!isHostError(thrown)) throw thrown;
    throw new HostError('scaffold/unknown-sender', [sender, NO_TEST], { cause: thrown });
  }
}

/** What package.json has to say for the plugin's test to find the package `gatehouse`; undefined where an installed one is found. */
function gatehouseFor(folder: string): string | undefined {
  try {
    createRequire(path.join(folder, 'package.json')).resolve('gatehouse/package.json');
    return undefined;
  } catch {
    // Links are resolved: a relative path is read from where the folder really is.
    const parent = realpathSync(nearestFolder(folder));
    const whole = path.join(parent, path.relative(nearestFolder(folder), folder));
    return `file:${path.relative(whole, realpathSync(OWN_FOLDER))}`;
  }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(path.dirname(folder));
}

/** All of it or nothing: a host that watches the folder sees the plugin once it is whole. */
async function writeWhole(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  if (existsSync(folder)) throw new HostError('scaffold/taken', [folder]);
  const making = path.join(path.dirname(folder), `.${path.basename(folder)}-${process.pid}`);
  await mkdir(making, { recursive: true });
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(making, name), text);
    await rename(making, folder);
  } catch (cause) {
    await rm(making, { recursive: true, force: true });
    throw new HostError('scaffold/taken', [folder], { cause });
  }
}
