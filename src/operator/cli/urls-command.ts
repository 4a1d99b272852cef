import { InvalidArgumentError, Option, type Command } from 'commander';
import { normaliseEndpoint } from '../../core/endpoint-path';
import { isHostError } from '../../core/errors';
import { duration } from '../../core/settings-kinds';
import type { Operator } from '../operator';
import type { UrlStatus } from '../urls-desk';
import type { CliContext } from './cli-context';
import { addConnectionOptions, connectionOf } from './host-connection';
import type { HostFlags } from './host-options';
import { timeOf } from './inbox-report';
import { toMarkdown } from './urls-markdown';
import { formatTable, plain, type Terminal } from './terminal';

/** Of a rotation: whoever is told the new address within the hour loses nothing. */
const OVERLAP = '1h';
const overlap = duration({ min: 0, max: 31_536_000_000 });

interface UrlFlags {
  readonly show?: boolean;
  readonly markdown?: boolean;
  readonly issue?: string;
  readonly rotate?: string;
  readonly revoke?: string;
  readonly overlap?: number;
}
type Flags = HostFlags & UrlFlags;

/** `plugins urls`: what plugins answer at, and the tokens of addresses that are signed. */
export function addUrlsCommand(plugins: Command, context: CliContext): void {
  addConnectionOptions(plugins.command('urls [key] [id]'))
    .option('--markdown', 'print them as a table for a README')
    .option('--show', 'print the tokens of signed addresses in clear')
    .addOption(new Option('--issue <path>', 'issue a further token of a signed address'))
    .addOption(
      new Option('--rotate <path>', 'issue a token; those until now end after the overlap').conflicts(
        'issue',
      ),
    )
    .addOption(
      new Option('--overlap <duration>', `how long they still count (default: ${OVERLAP})`).argParser(
        toOverlap,
      ),
    )
    .addOption(
      new Option('--revoke <path>', 'end the token of this id at once').conflicts(['issue', 'rotate']),
    )
    .description('List every address plugins answer at; issue, rotate and revoke tokens of signed ones')
    .action((key: string | undefined, id: string | undefined, flags: Flags, command: Command) => {
      const { issue, rotate, revoke } = flags;
      const path = issue ?? rotate ?? revoke;
      if (path !== undefined && key === undefined) command.error('error: name the plugin');
      if ((revoke !== undefined) !== (id !== undefined))
        command.error('error: --revoke <path> and the id of a token go together');
      if (flags.markdown === true && path !== undefined) command.error('error: --markdown is about the list');
      if (flags.overlap !== undefined && rotate === undefined)
        command.error('error: --overlap is about --rotate');
      if (path === undefined || key === undefined) return list(context, key, flags);
      return id === undefined
        ? issueToken(context, { key, path }, flags)
        : revokeToken(context, { key, path, id }, flags);
    });
}

async function list(context: CliContext, key: string | undefined, flags: Flags): Promise<void> {
  const { terminal } = context;
  const operator = connectionOf(context, hostFlags(flags));
  const keys =
    key === undefined ? (await operator.plugins()).map((plugin) => plugin.key ?? plugin.folder) : [key];
  const urls: UrlStatus[] = [];
  const whole = wholeUrls(operator, flags);
  for (const one of keys)
    for (const url of await operator.urls.list(one, flags.show === true))
      urls.push({ ...url, url: await whole(url.url) });
  if (flags['json'] !== undefined) terminal.printJson({ urls });
  else if (flags.markdown === true) terminal.print(toMarkdown(urls));
  else if (urls.length === 0) terminal.print('Nothing is served.');
  else {
    const head = ['METHOD', 'URL', 'ACCESS', 'HEADER', 'SECRET', 'PLUGIN', ''];
    terminal.print(
      formatTable(
        head,
        urls.map((url) => rowOf(url, terminal)),
      ),
    );
    if (urls.some(({ isOpen }) => isOpen)) terminal.print(OPEN_MEANS);
  }
}

const OPEN_MEANS = '\nopen: anybody may ask, and nothing tells who did';

function rowOf(
  { plugin, method, url, access, headers = [], secretNames = [], isOpen, note, signed }: UrlStatus,
  { colors }: Terminal,
): string[] {
  const notes = [
    ...(isOpen ? [colors.yellow('open')] : []),
    ...(note === '' ? [] : [note]),
    ...(signed === undefined ? [] : [plain(tokensOf(signed))]),
  ];
  const sender = [headers.join(', '), secretNames.join(', ')];
  return [...[method, url, access, ...sender, plugin].map(plain), notes.join(', ')];
}

function tokensOf({ tokens }: NonNullable<UrlStatus['signed']>): string {
  if (tokens.length === 0) return 'no token yet';
  return tokens
    .map(({ id, notAfter }) => (notAfter === undefined ? id : `${id} until ${timeOf(notAfter)}`))
    .join(', ');
}

async function issueToken(
  context: CliContext,
  { key, path: asked }: { readonly key: string; readonly path: string },
  flags: Flags,
): Promise<void> {
  const { terminal } = context;
  const overlapMs = flags.rotate === undefined ? undefined : (flags.overlap ?? overlap.parse(OVERLAP, ''));
  const operator = connectionOf(context, hostFlags(flags));
  const issued = await operator.urls.issue(key, asked, overlapMs);
  const { id, path } = issued;
  const url = await wholeUrls(operator, flags)(issued.url);
  if (flags['json'] !== undefined) {
    terminal.printJson({ plugin: key, path, id, url });
    return;
  }
  // The address alone on the output: it can be piped on.
  terminal.print(plain(url));
  const others =
    overlapMs === undefined
      ? 'those until now count on'
      : `those until now end ${overlapMs === 0 ? 'at once' : `at ${timeOf(Date.now() + overlapMs)}`}`;
  terminal.complain(plain(`${key} ${path} has a new token (${id}), ${others}`));
}

async function revokeToken(
  context: CliContext,
  { key, path: asked, id }: { readonly key: string; readonly path: string; readonly id: string },
  flags: Flags,
): Promise<void> {
  const { terminal } = context;
  const path = normaliseEndpoint(asked);
  const revoked = await connectionOf(context, hostFlags(flags)).urls.revoke(key, path, id);
  if (flags['json'] !== undefined) terminal.printJson({ plugin: key, path, id, revoked });
  else
    terminal.print(plain(`${key} ${path} ${revoked ? `has no token ${id} any more` : `had no token ${id}`}`));
  context.finish(revoked ? 0 : 1);
}

/** A host without a public URL tells paths: they are read from where the host answers, which is asked for at most once. */
function wholeUrls(operator: Pick<Operator, 'health'>, flags: Flags): (url: string) => Promise<string> {
  let base: Promise<string> | undefined;
  return async (url) => {
    if (!url.startsWith('/')) return url;
    base ??= flags.url === undefined ? ownUrl(operator) : Promise.resolve(flags.url);
    return `${(await base).replace(/\/$/, '')}${url}`;
  };
}

/** Empty where the host cannot say it: an address is shown all the same. */
async function ownUrl(operator: Pick<Operator, 'health'>): Promise<string> {
  try {
    return (await operator.health.overview()).url;
  } catch (thrown) {
    if (isHostError(thrown)) return '';
    throw thrown;
  }
}

function hostFlags(flags: Flags): HostFlags {
  const { show: _show, markdown: _markdown, overlap: _overlap, ...rest } = flags;
  return rest;
}

function toOverlap(text: string): number {
  const parsed = overlap.parse(text, '');
  if (parsed === undefined) throw new InvalidArgumentError(`Expected ${overlap.expected}.`);
  return parsed;
}
