import type { JsonSchema } from '../core/json-schema';
import type { DescribedOperation } from '../core/ports/operator-description';
import type { AccessBook } from './access-book';
import type { ApiResponse, Operation, Parameter, Verb } from './open-api';
import { toTemplate, type PathBook, type Template } from './path-book';
import type { ProblemBook } from './problems';

/** Method, path and what it does. */
type Row = readonly [verb: Verb, path: string, summary: string];

const HEALTH: readonly Row[] = [
  ['get', '/healthz', 'Whether the process serves'],
  ['get', '/readyz', 'Whether the host is ready for traffic (503 while it is not)'],
];
const RECEIPTS: readonly Row[] = [['get', '/api/receipts/:id', 'Where a stored request stands']];

export interface HostBooks {
  readonly paths: PathBook;
  readonly access: AccessBook;
  readonly problems: ProblemBook;
}

/** Writes the host's own addresses, tagged as such, and the operator's. */
export function writeHostOperations(books: HostBooks, operations: readonly DescribedOperation[]): void {
  for (const row of [...HEALTH, ...RECEIPTS]) writeRow(books, row);
  for (const operation of operations) writeOperation(books, operation);
}

export const hostTags = [
  { name: 'host', description: "The host's own addresses." },
  { name: 'operator', description: 'For the operator, and for tokens with the scope that each names.' },
];

function writeRow({ paths, access, problems }: HostBooks, [verb, path, summary]: Row): void {
  const template = toTemplate(path);
  paths.add(template, verb, {
    operationId: paths.operationId(verb, path, 'host_'),
    tags: ['host'],
    summary,
    ...parametersOf(template, []),
    responses: { ...problems.tell(template.names.length > 0 ? [404] : []), 200: DONE },
    security: access.tell('public').security,
  });
}

function writeOperation({ paths, access, problems }: HostBooks, told: DescribedOperation): void {
  const { id, method, path, summary, scope, query, body } = told;
  const template = toTemplate(`/api/operator${path}`);
  const statuses = [
    ...[401, 403],
    ...(template.names.length > 0 ? [404] : []),
    ...(query.length > 0 || body !== undefined ? [400] : []),
  ];
  const operation: Operation = {
    operationId: paths.claimId(`operator_${id.replaceAll('.', '_')}`),
    tags: ['operator'],
    summary,
    description: descriptionOf(told),
    ...parametersOf(template, query),
    ...(body === undefined
      ? {}
      : { requestBody: { required: false, content: { 'application/json': { schema: body } } } }),
    responses: { ...problems.tell(statuses), 200: answerOf(told) },
    security: access.tell('operator').security,
    'x-gatehouse-scope': scope,
  };
  paths.add(template, method, operation);
}

function descriptionOf({ scope, isPaginated }: DescribedOperation): string {
  const needed = `Needs the scope \`${scope}\`.`;
  return isPaginated
    ? `${needed} Paginated: \`next\` of a page is the \`after\` of the one that follows.`
    : needed;
}

function answerOf({ answer, answerType }: DescribedOperation): ApiResponse {
  const schema = answerType === 'application/json' ? (answer ?? {}) : { type: 'string' };
  const description = answerType === 'text/event-stream' ? 'Events; their data is JSON.' : 'Done.';
  return { description, content: { [answerType]: { schema } } };
}

function parametersOf(
  { names }: Template,
  query: DescribedOperation['query'],
): Pick<Operation, 'parameters'> {
  const parameters: Parameter[] = [
    ...names.map((name): Parameter => ({ name, in: 'path', required: true, schema: TEXT })),
    ...query.map(({ name, required, description, schema }): Parameter => ({
      ...{ name, in: 'query', required, schema },
      ...(description === undefined ? {} : { description }),
    })),
  ];
  return parameters.length === 0 ? {} : { parameters };
}

const TEXT: JsonSchema = { type: 'string' };
const DONE: ApiResponse = { description: 'Done.', content: { 'application/json': { schema: {} } } };
