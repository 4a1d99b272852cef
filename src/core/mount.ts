import type {
  Alias,
  Declaration,
  Effect,
  Endpoint,
  PerKind,
  Schedule,
  SecretDeclaration,
  Task,
  Tool,
} from './declaration';
import { secretIssues } from './declared-secrets';
import { durableIssues } from './durable-answer';
import { HostError } from './errors';
import type { PluginInfo } from './plugin-info';
import { moduleOf, type PluginKey } from './plugin-key';
import { SOCKET_METHOD } from './server-socket';

/** Everything one plugin generation says, validated and frozen. */
export interface Mount {
  readonly key: PluginKey;
  readonly info: PluginInfo;
  readonly endpoints: readonly Endpoint[];
  readonly tasks: readonly Task[];
  readonly schedules: readonly Schedule[];
  readonly tools: readonly Tool[];
  readonly secrets: readonly SecretDeclaration[];
  readonly effects: readonly Effect[];
}

/** First path segments under a key that are the host's. */
export const RESERVED_SEGMENTS: readonly string[] = ['webhook', 'openapi.json', 'docs', '__webui__'];

/**
 * Builds the Mount of a plugin, or refuses with every issue at once, those that `accessIssues` knows of among them.
 * @throws mount/invalid
 */
export function buildMount(
  key: PluginKey,
  info: PluginInfo,
  declarations: Iterable<Declaration>,
  accessIssues: (endpoint: Endpoint) => readonly string[] = () => [],
): Mount {
  const byKind: PerKind<Declaration[]> = {
    endpoint: [],
    task: [],
    schedule: [],
    tool: [],
    secret: [],
    effect: [],
  };
  for (const declaration of declarations) byKind[declaration.kind].push(Object.freeze({ ...declaration }));
  const endpoints = byKind.endpoint as Endpoint[];
  const tasks = byKind.task as Task[];
  const schedules = byKind.schedule as Schedule[];
  const tools = byKind.tool as Tool[];
  const secrets = byKind.secret as SecretDeclaration[];
  const effects = byKind.effect as Effect[];
  const claimed = settleYielding(endpoints.map(normalise));
  const issues = [
    ...claimed.flatMap(pathIssues),
    ...claimed.flatMap(durableIssues),
    ...claimed.flatMap(sharingIssues),
    ...claimed.flatMap((endpoint) =>
      accessIssues(endpoint).map((issue) => `${accessPlace(endpoint)}: ${issue}`),
    ),
    ...conflicts(claimed),
    ...taskConflicts(tasks),
    ...toolConflicts(tools),
    ...scheduleIssues(schedules, tasks),
    ...secretIssues(secrets),
  ];
  if (issues.length > 0)
    throw new HostError('mount/invalid', [key, issues.map((i) => `  - ${i}`).join('\n')]);
  return Object.freeze({
    key,
    info: Object.freeze({ ...info }),
    endpoints: Object.freeze(claimed.map((endpoint) => Object.freeze(endpoint))),
    tasks: Object.freeze(tasks),
    schedules: Object.freeze(schedules),
    tools: Object.freeze(tools),
    secrets: Object.freeze(secrets),
    effects: Object.freeze(effects),
  });
}

/** The base of a plugin's short legacy addresses; here because failed plugins claim it too. */
export function shortBase(key: PluginKey): string {
  return `/api/plugin/${moduleOf(key)}/webhook`;
}

function normalise(endpoint: Endpoint): Endpoint {
  const path = endpoint.path.startsWith('/') ? endpoint.path : `/${endpoint.path}`;
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  return { ...endpoint, path: trimmed };
}

/** An endpoint that yields loses its own path (kept: `aliases`) to a declaration or Router route that claims it. */
function settleYielding(endpoints: readonly Endpoint[]): Endpoint[] {
  const firm = endpoints.filter((endpoint) => endpoint.yields !== true);
  const taken = (path: string) =>
    RESERVED_SEGMENTS.includes(path.split('/')[1] ?? '') ||
    firm.some((other) =>
      other.reach === 'exact'
        ? other.path === path && !isSocket(other)
        : 'router' in other.serve && other.serve.owns(remainder(path, other.path)),
    );
  return endpoints.map((endpoint) =>
    endpoint.yields === true && taken(endpoint.path) ? { ...endpoint, path: '' } : endpoint,
  );
}

/** Beside whatever else answers at its path. */
const isSocket = ({ serve }: Endpoint) => 'connect' in serve;

function remainder(path: string, prefix: string): string {
  if (prefix === '/') return path;
  return path === prefix ? '/' : path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : '\0';
}

function pathIssues(endpoint: Endpoint): string[] {
  if (endpoint.path === '') return [];
  const found: string[] = [];
  const segments = endpoint.path.slice(1).split('/');
  const at = `${endpoint.origin.where} (path "${endpoint.path}")`;
  if (endpoint.reach === 'exact' && RESERVED_SEGMENTS.includes(segments[0] ?? ''))
    found.push(`${at}: /${segments[0]} belongs to the host; choose another first segment`);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '' && endpoint.path !== '/') found.push(`${at}: empty segment; write single slashes`);
    else if (/^:[A-Za-z_]\w*$/.test(segment) || (last && /^\*[A-Za-z_]\w*$/.test(segment))) return;
    else if (/[:*?+(){}[\]\\#%]/.test(segment) || segment === '.' || segment === '..')
      found.push(`${at}: "${segment}" is not a literal, :name (a whole segment) or a last *name`);
  });
  const names = segments.filter((s) => /^[:*]/.test(s)).map((s) => s.slice(1));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) found.push(`${at}: parameter "${twice}" stands twice`);
  return found;
}

/** Who wrote the access: the author, or the settings for an endpoint of the author's. */
function accessPlace({ origin, accessOrigin }: Endpoint): string {
  return accessOrigin === undefined ? origin.where : `${origin.where} (as ${accessOrigin} has it)`;
}

/** At an address that runs every claimant the host reads the body once for all of them. */
function sharingIssues({ aliases, body, serve, use = [], origin }: Endpoint): string[] {
  const shared = aliases.find((alias) => alias.share === 'all');
  const readsItself = body.kind === 'stream' || body.kind === 'parts';
  if (shared !== undefined && 'connect' in serve)
    return [`${origin.where}: a WebSocket cannot share ${shared.base}${shared.path} with other plugins`];
  if (shared !== undefined && use.length > 0)
    return [
      `${origin.where}: middleware (use) may answer by itself, and ${shared.base}${shared.path} gathers one answer of several plugins`,
    ];
  if (shared === undefined || (!readsItself && !('router' in serve))) return [];
  const what = 'router' in serve ? 'a Router' : `a body of kind "${body.kind}"`;
  return [
    `${origin.where}: ${what} reads the request itself and cannot share ${shared.base}${shared.path} with other plugins`,
  ];
}

const shape = (path: string) => path.replace(/\/([:*])[^/]+/g, '/$1');

function conflicts(endpoints: readonly Endpoint[]): string[] {
  const seen = new Map<string, Endpoint>();
  const found: string[] = [];
  const claim = (endpoint: Endpoint, base: string, path: string) => {
    const method = isSocket(endpoint) ? SOCKET_METHOD : endpoint.method;
    const slot = `${method} ${base}${shape(path)}`;
    const other = seen.get(slot);
    if (other === undefined || other === endpoint) seen.set(slot, endpoint);
    else found.push(`${endpoint.origin.where} and ${other.origin.where} both declare ${method} ${path}`);
  };
  for (const endpoint of endpoints) {
    if (endpoint.reach === 'exact' && endpoint.path !== '') claim(endpoint, '', endpoint.path);
    const first: Alias | undefined = endpoint.aliases[0];
    if (first !== undefined) claim(endpoint, first.base, first.path);
  }
  return [...new Set([...found, ...hiddenBehindAll(endpoints)])];
}

/** At a sole alias one endpoint for all methods and another for one of them: which was meant cannot be known. */
function hiddenBehindAll(endpoints: readonly Endpoint[]): string[] {
  const address = ({ aliases: [first] }: Endpoint) =>
    first?.share === 'sole' ? `${first.base}${shape(first.path)}` : undefined;
  return endpoints
    .filter((endpoint) => endpoint.method === 'ALL' && address(endpoint) !== undefined)
    .flatMap((all) =>
      endpoints
        .filter((other) => other.method !== 'ALL' && !isSocket(other) && address(other) === address(all))
        .map(
          (other) =>
            `${other.origin.where} and ${all.origin.where} both declare ${other.method} ${all.aliases[0]?.path}`,
        ),
    );
}

function taskConflicts(tasks: readonly Task[]): string[] {
  const names = tasks.map((task) => task.name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map(
    (name) => `two tasks are named "${name}"; a job would not know which to run`,
  );
}

function toolConflicts(tools: readonly Tool[]): string[] {
  const names = tools.map(({ name }) => name);
  return tools.flatMap(({ name, origin }, index) =>
    names.indexOf(name) < index
      ? [`${origin.where}: two tools are named "${name}"; give one another name`]
      : [],
  );
}

function scheduleIssues(schedules: readonly Schedule[], tasks: readonly Task[]): string[] {
  const names = schedules.map(({ name }) => name);
  return schedules.flatMap(({ name, task, origin }, index) => [
    ...(names.indexOf(name) < index ? [`two schedules are named "${name}"; give one another name`] : []),
    ...(tasks.some((known) => known.name === task)
      ? []
      : [
          `${origin.where}: no task is named "${task}" (declared: ${tasks.map((t) => t.name).join(', ') || 'none'})`,
        ]),
  ]);
}
