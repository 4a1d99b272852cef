import type { Mount } from '../core/mount';
import type { RateLimitSettings } from '../core/settings';
import type { RowOf } from '../core/sender-headers';
import { AccessBook } from './access-book';
import { writeAliases, writeEndpoint, type Books, type Owner } from './endpoint-description';
import type { OpenApi } from './open-api';
import { PathBook } from './path-book';
import { ProblemBook, problemSchemas } from './problems';
import { SchemaBook } from './schema-book';

/** What the host knows that no mount says. */
export interface DescriptionParts {
  /** Where callers reach the host. */
  readonly publicUrl: string | undefined;
  readonly rateLimit?: RateLimitSettings | undefined;
  readonly rowOf: RowOf;
}

export function createBooks({ rateLimit, rowOf }: DescriptionParts): Books {
  return {
    schemas: new SchemaBook(problemSchemas),
    problems: new ProblemBook(),
    paths: new PathBook(),
    access: new AccessBook(rowOf),
    rateLimit,
  };
}

/** Runs what the plugin's schemas and Routers bring along: to be called for its actor. */
export function writeMount(books: Books, { key, endpoints }: Mount, owner: Omit<Owner, 'key'>): void {
  const whole: Owner = { ...owner, key };
  books.schemas.begin(key.replace('.', '_'));
  const declared = endpoints.filter(({ serve }) => 'handle' in serve);
  const sockets = endpoints.filter(({ serve }) => 'connect' in serve);
  const routers = endpoints.filter(({ serve }) => 'router' in serve);
  const [general, certain] = [
    declared.filter(({ method }) => method === 'ALL'),
    declared.filter(({ method }) => method !== 'ALL'),
  ];
  for (const endpoint of [...certain, ...general, ...sockets, ...routers])
    writeEndpoint(books, whole, endpoint);
  for (const endpoint of [...certain, ...general])
    writeAliases(books, whole, endpoint, ({ share }) => share === 'sole');
}

export function finishDocument(
  books: Books,
  { publicUrl }: Pick<DescriptionParts, 'publicUrl'>,
  about: Pick<OpenApi, 'info' | 'tags'>,
): OpenApi {
  return {
    openapi: '3.1.0',
    ...about,
    ...(publicUrl === undefined ? {} : { servers: [{ url: publicUrl.replace(/\/$/, '') || '/' }] }),
    paths: books.paths.finish(),
    components: {
      schemas: books.schemas.finish(),
      responses: books.problems.finish(),
      securitySchemes: books.access.finish(),
    },
  };
}

/** One plugin generation as OpenAPI 3.1. To be called for its actor. */
export function describePlugin(mount: Mount, parts: DescriptionParts): OpenApi {
  const books = createBooks(parts);
  writeMount(books, mount, { tags: undefined, idPrefix: '' });
  const { name, version, description, key } = { ...mount.info, key: mount.key };
  return finishDocument(books, parts, {
    info: {
      title: name === '' ? key : name,
      version: version === '' ? '0' : version,
      ...(description === '' ? {} : { description }),
    },
  });
}
