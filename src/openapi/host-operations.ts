import type { JsonSchema } from '../core/json-schema';
import type { AccessBook } from './access-book';
import type { ApiResponse, Operation, Parameter, Verb } from './open-api';
import { toTemplate, type PathBook } from './path-book';
import type { ProblemBook } from './problems';

/** Method, path and what it does, and names of parameters of the query. */
type Row = readonly [verb: Verb, path: string, summary: string, query?: readonly string[]];

const HEALTH: readonly Row[] = [
  ['get', '/healthz', 'Whether the process serves'],
  ['get', '/readyz', 'Whether the host is ready for traffic (503 while it is not)'],
];
const RECEIPTS: readonly Row[] = [['get', '/api/receipts/:id', 'Where a stored request stands']];
/** Below `/api/operator`. */
const OPERATOR: readonly Row[] = [
  ['get', '/plugins', 'Every plugin with its state'],
  ['get', '/plugins/:key', 'One plugin'],
  ['post', '/plugins/:key/enable', 'Enable a plugin on every host'],
  ['post', '/plugins/:key/disable', 'Disable a plugin on every host'],
  ['post', '/plugins/:key/reload', 'Load a plugin again; answers after the swap'],
  ['get', '/plugins/:key/types', 'TypeScript for callers of a plugin'],
  ['get', '/plugins/:key/config', 'Configuration of a plugin and its schema'],
  ['put', '/plugins/:key/config', 'Set configuration; answers after the reload'],
  ['get', '/plugins/:key/urls', 'Addresses of a plugin and their tokens', ['show']],
  ['post', '/plugins/:key/urls', 'Issue a token of a signed address'],
  ['delete', '/plugins/:key/urls/:id', 'Revoke a token', ['path']],
  ['get', '/explain', 'Which endpoint answers a request, and why', ['method', 'path']],
  ['get', '/deprecations', 'What is deprecated and still in use'],
  ['get', '/inbox/receipts', 'Stored requests', ['limit', 'after']],
  ['get', '/inbox/receipts/:id', 'One stored request'],
  ['post', '/inbox/receipts/:verb', 'Change stored requests: replay, purge'],
  ['get', '/inbox/jobs', 'Jobs', ['limit', 'after']],
  ['get', '/inbox/jobs/:id', 'One job'],
  ['post', '/inbox/jobs/:verb', 'Change jobs: retry, drop, cancel'],
  ['post', '/inbox/jobs/:id/signal', 'Send a job the signal it waits for'],
  ['get', '/inbox/attempts', 'Attempts', ['limit', 'after']],
  ['get', '/inbox/counts', 'Jobs by state'],
  ['get', '/inbox/nodes', 'Hosts of this database'],
  ['get', '/inbox/pauses', 'What is paused'],
  ['post', '/inbox/pause', 'Pause work'],
  ['post', '/inbox/resume', 'Resume work'],
  ['get', '/inbox/export', 'Jobs as they can be imported', ['after']],
  ['post', '/inbox/import', 'Take in jobs of an export (JSON lines)'],
  ['get', '/quarantine', 'Refused requests', ['limit', 'after']],
  ['get', '/quarantine/counts', 'Refused requests by reason'],
  ['get', '/quarantine/:id', 'One refused request'],
  ['post', '/quarantine/purge', 'Remove refused requests'],
  ['get', '/doctor', 'What refused requests have in common', ['plugin']],
  ['get', '/doctor/:id', 'Why a request was refused'],
  ['get', '/secrets', 'Names of secrets, never values', ['plugin']],
  ['put', '/secrets/:key/:name', 'Set a secret'],
  ['delete', '/secrets/:key/:name', 'Remove a secret'],
  ['post', '/secrets/:key/:name/rotate', 'Give a secret a further value'],
  ['post', '/secrets/:key/:name/approve', 'Take a secret that a sender proposed'],
  ['delete', '/secrets/:key/:name/proposal', 'Refuse a secret that a sender proposed'],
  ['get', '/send', 'Samples that can be sent'],
  ['post', '/send', 'Send a sample to an endpoint'],
  ['get', '/tools', 'Tools of the plugins that serve'],
  ['post', '/tools/:key/:name', 'Call a tool'],
  ['get', '/tokens', 'Tokens and what they may, never the tokens themselves'],
  ['post', '/tokens', 'Make a token; it is told this once'],
  ['delete', '/tokens/:name', 'Revoke a token'],
];

export interface HostBooks {
  readonly paths: PathBook;
  readonly access: AccessBook;
  readonly problems: ProblemBook;
}

/** Writes the host's own addresses, tagged as such. */
export function writeHostOperations(books: HostBooks): void {
  for (const row of [...HEALTH, ...RECEIPTS]) write(books, row, '', ['host'], false);
  for (const row of OPERATOR) write(books, row, '/api/operator', ['operator'], true);
}

export const hostTags = [
  { name: 'host', description: "The host's own addresses." },
  { name: 'operator', description: 'For the operator alone.' },
];

function write(
  { paths, access, problems }: HostBooks,
  [verb, path, summary, query = []]: Row,
  base: string,
  tags: readonly string[],
  isOperators: boolean,
): void {
  const template = toTemplate(base + path);
  const parameters: Parameter[] = [
    ...template.names.map((name): Parameter => ({ name, in: 'path', required: true, schema: TEXT })),
    ...query.map((name): Parameter => ({ name, in: 'query', required: false, schema: TEXT })),
  ];
  const hasBody = verb === 'post' || verb === 'put';
  const operation: Operation = {
    operationId: paths.operationId(verb, path, isOperators ? 'operator_' : 'host_'),
    tags,
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(hasBody ? { requestBody: { required: false, content: { 'application/json': ANYTHING } } } : {}),
    responses: {
      ...problems.tell([...(isOperators ? [401] : []), ...(template.names.length > 0 ? [404] : [])]),
      200: DONE,
    },
    security: access.tell(isOperators ? 'operator' : 'public').security,
  };
  paths.add(template, verb, operation);
}

const TEXT: JsonSchema = { type: 'string' };
const ANYTHING = { schema: {} };
const DONE: ApiResponse = { description: 'Done.', content: { 'application/json': ANYTHING } };
