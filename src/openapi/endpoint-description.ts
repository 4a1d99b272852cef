import type { Alias, Endpoint } from '../core/declaration';
import { RESERVED_SEGMENTS } from '../core/mount';
import type { PluginKey } from '../core/plugin-key';
import type { AccessBook } from './access-book';
import { VERBS, type Operation, type Verb } from './open-api';
import { toTemplate, type PathBook, type Template } from './path-book';
import { describeBody, describeParameters } from './request-description';
import { describeResponses, type ResponseParts } from './response-description';

/** What a document is written with. */
export interface Books extends ResponseParts {
  readonly paths: PathBook;
  readonly access: AccessBook;
}

/** Whose endpoints, and how they are marked. */
export interface Owner {
  readonly key: PluginKey;
  /** Of operations whose author gave none. */
  readonly tags: readonly string[] | undefined;
  /** Before each operation id. */
  readonly idPrefix: string;
}

interface Address {
  readonly path: string;
  /** Without what comes before the plugin's own part. */
  readonly own: string;
  readonly alias?: Alias;
}

/** Writes an endpoint at its own address, which it may have lost to another. */
export function writeEndpoint(books: Books, owner: Owner, endpoint: Endpoint): void {
  const base = `/api/plugin/${owner.key}`;
  if ('router' in endpoint.serve) writeRouter(books, owner, endpoint, base);
  else if (endpoint.path !== '')
    writeAt(books, owner, endpoint, { path: base + under(endpoint.path), own: endpoint.path });
}

/** Writes an endpoint at its further addresses, `isWanted` ones. */
export function writeAliases(
  books: Books,
  owner: Owner,
  endpoint: Endpoint,
  isWanted: (alias: Alias) => boolean,
): void {
  if ('router' in endpoint.serve) return;
  for (const alias of endpoint.aliases.filter(isWanted)) {
    const own = `${alias.base.startsWith('/api/plugin/') ? '/webhook' : alias.base}${alias.path}`;
    writeAt(books, owner, endpoint, { path: alias.base + under(alias.path), own, alias });
  }
}

const under = (path: string) => (path === '/' ? '' : path);

function writeAt(books: Books, owner: Owner, endpoint: Endpoint, address: Address): void {
  const template = toTemplate(address.path);
  for (const verb of verbsOf(endpoint)) {
    const known = books.paths.at(template, verb);
    // Of an address that plugins share each would say the same.
    if (known !== undefined && address.alias !== undefined && address.alias.share !== 'sole') continue;
    if (known !== undefined && 'connect' in endpoint.serve) {
      const responses = { ...known.responses, 101: SWITCHED };
      books.paths.set(template, verb, { ...known, responses, 'x-websocket': true });
    } else if (known === undefined || endpoint.method !== 'ALL')
      books.paths.add(template, verb, operationOf(books, owner, endpoint, address, verb, template));
  }
}

const SWITCHED = { description: 'Asked to upgrade: the connection is a WebSocket from here on.' };

function verbsOf({ method, serve }: Pick<Endpoint, 'method' | 'serve'>): readonly Verb[] {
  if ('connect' in serve) return ['get'];
  return VERBS.filter((verb) => method === 'ALL' || method.toLowerCase() === verb);
}

function operationOf(
  books: Books,
  owner: Owner,
  endpoint: Endpoint,
  { own, alias }: Address,
  verb: Verb,
  template: Template,
): Operation {
  const { schema = {}, title } = endpoint;
  const operationId = books.paths.operationId(verb, own, owner.idPrefix);
  const place = operationId.charAt(0).toUpperCase() + operationId.slice(1);
  const { security, notes } = books.access.tell(endpoint.access);
  const isSocket = 'connect' in endpoint.serve;
  const parameters = describeParameters(
    endpoint,
    template,
    books.paths.namesFor(template),
    books.schemas,
    place,
  );
  const requestBody = isSocket ? undefined : describeBody(endpoint, verb, books.schemas, place);
  const summary = schema.summary ?? title;
  const isDeprecated = schema.deprecated === true || alias?.deprecated !== undefined;
  const successor = alias?.deprecated === undefined ? undefined : successorOf(owner, endpoint);
  const description = textOf(endpoint, notes, successor, alias);
  const tags = owner.tags ?? schema.tags;
  return {
    operationId,
    ...(tags === undefined || tags.length === 0 ? {} : { tags }),
    ...(summary === undefined ? {} : { summary }),
    ...(description === '' ? {} : { description }),
    ...(isDeprecated ? { deprecated: true as const } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: describeResponses(
      endpoint,
      books,
      place,
      requestBody !== undefined && endpoint.reach === 'exact',
    ),
    security,
    ...(isSocket ? { 'x-websocket': true as const } : {}),
    ...(successor === undefined ? {} : { 'x-successor': successor }),
  };
}

function textOf(
  { description }: Endpoint,
  notes: readonly string[],
  successor: string | undefined,
  alias: Alias | undefined,
): string {
  return [
    ...(description === undefined || description === '' ? [] : [description]),
    ...(successor === undefined ? [] : [`Deprecated: use \`${successor}\` instead.`]),
    ...(alias?.share === 'all' ? ['Every plugin that claims this address gets the request.'] : []),
    ...(alias?.share === 'unique' ? ['Answers 409 while several plugins claim this address.'] : []),
    ...notes,
  ].join('\n\n');
}

function successorOf({ key }: Owner, { successor, path }: Endpoint): string {
  return successor ?? `/api/plugin/${key}${under(path)}`;
}

/** Of a route that says nothing of itself. */
const UNTYPED: Pick<Endpoint, 'body' | 'serve'> = {
  body: { kind: 'auto' },
  serve: { handle: () => undefined },
};

/** What a Router serves: its routes where they can be read, else that it takes everything below. */
function writeRouter(books: Books, owner: Owner, endpoint: Endpoint, base: string): void {
  if (!('router' in endpoint.serve)) return;
  const { serve, ...rest } = endpoint;
  const routes = serve.routes?.() ?? [{ method: 'ALL', path: '/*path' }];
  for (const route of routes) {
    const below = route.path.startsWith('/') || route.path === '' ? route.path : `/${route.path}`;
    const own = `${under(endpoint.path)}${under(below)}` || '/';
    if (RESERVED_SEGMENTS.includes(own.split('/')[1] ?? '')) continue;
    const template = toTemplate(base + under(own));
    for (const verb of VERBS) {
      const isMeant = route.method === 'ALL' || route.method.toLowerCase() === verb;
      // Of two at one address the first answers, and a declared endpoint comes before any Router.
      if (!isMeant || books.paths.at(template, verb) !== undefined) continue;
      const untyped: Endpoint = { ...rest, ...UNTYPED };
      const address = { path: base + under(own), own };
      books.paths.add(template, verb, operationOf(books, owner, untyped, address, verb, template));
    }
  }
}
