import type { EndpointStatus, PluginStatus } from '../../core/ports/plugin-registry';
import type { RunningHost } from '../running-host';
import { formatTable, plain, type Terminal } from './terminal';

/** What an operator wants to know of a host that just started: what is mounted, one line to try, where the token is. */
export function formatStart(host: RunningHost, terminal: Terminal): string {
  const { colors } = terminal;
  const plugins = host.registry.list();
  const rows = plugins.map((plugin) => [
    plain(plugin.key ?? plugin.folder),
    plugin.key === undefined ? '' : `${host.url}${plugin.url}`,
    describeState(plugin, terminal),
  ]);
  return [
    `Gatehouse serves ${colors.bold(host.url)}`,
    '',
    rows.length === 0
      ? `No plugins in ${host.settings.plugins.folders.join(', ')}`
      : formatTable(['PLUGIN', 'URL', 'STATE'], rows),
    '',
    `Try:  ${tryLine(host.url, plugins)}`,
    describeToken(host, terminal),
  ].join('\n');
}

/**
 * The state, coloured, with the first of a failure's reasons, the required secrets that have no value, and how many answers
 * broke their schema.
 */
export function describeState(plugin: PluginStatus, { colors }: Terminal): string {
  const { state, failure, secrets, brokenResponses = 0 } = plugin;
  const paint = { live: colors.green, loading: colors.yellow, failed: colors.red, disabled: colors.dim }[
    state
  ];
  const reason = failure === undefined ? '' : `: ${firstReason(plain(failure.message))}`;
  const stale = state === 'live' && failure !== undefined ? ' (last reload failed)' : '';
  const missing = secrets.flatMap(({ name, required, isSet }) => (required && !isSet ? [plain(name)] : []));
  const lack = missing.length === 0 ? '' : colors.yellow(` (lacks secret ${missing.join(', ')})`);
  const broken = brokenResponses === 0 ? '' : colors.yellow(` (${brokenResponses} broken responses)`);
  return `${paint(state)}${lack}${broken}${stale}${reason}`;
}

/** One line of a message: where that only announces a list, its first item too, and how many follow. */
function firstReason(message: string): string {
  const [line = '', ...rest] = message.split('\n');
  const [item, ...items] = rest.filter((text) => text.startsWith('  - ')).map((text) => text.slice(4));
  if (item === undefined || !line.endsWith(':')) return line;
  return items.length === 0 ? `${line} ${item}` : `${line} ${item} (and ${items.length} more)`;
}

/** A `curl` that answers 200 as printed: a plugin called hello if there is one, else the first fitting address. */
function tryLine(url: string, plugins: readonly PluginStatus[]): string {
  const live = plugins.filter(({ state }) => state === 'live');
  const endpoints = [
    ...live.filter(({ key }) => key?.endsWith('.hello') === true).flatMap((plugin) => plugin.endpoints),
    ...live.flatMap((plugin) => plugin.endpoints).sort((a, b) => rank(a) - rank(b)),
  ];
  const chosen = endpoints.find((endpoint) => rank(endpoint) < 2);
  if (chosen === undefined) return `curl ${url}/healthz`;
  const slash = chosen.reach === 'subtree' && !chosen.url.endsWith('/') ? '/' : '';
  return `curl ${url}${chosen.url}${slash}`;
}

/** 0: surely answers a GET; 1: a Router, which likely has a root; 2: needs more than a plain GET. */
function rank({ method, reach, access, url }: EndpointStatus): number {
  // Characters a shell or a parameter would make something else of are left out.
  if (access !== 'public' || !/^\/[\w./~-]*$/.test(url)) return 2;
  if (reach === 'subtree') return 1;
  return method === 'GET' ? 0 : 2;
}

function describeToken({ operatorToken: { token, file, made } }: RunningHost, terminal: Terminal): string {
  if (file === undefined) return 'Operator token: the one from the settings';
  // Only to a terminal: output that is kept in a log must not hold it.
  const shown = made && terminal.isInteractive ? `${token.reveal()}  ` : '';
  return `Operator token: ${shown}in ${file}`;
}
