import * as v from 'valibot';
import { z } from 'zod';
import { endpoint, oldAddresses, router } from '../http/gateway-under-test';
import { describe_, everything, judged, run } from './described';

type Told = any;
const PREFIX = '/api/plugin/acme.ci';
/** Operations by `get /path`, without what comes before the plugin's own part. */
function operations(document: Told): Record<string, Told> {
  return Object.fromEntries(
    Object.entries<Told>(document.paths).flatMap(([path, item]) =>
      Object.entries<Told>(item).map(([verb, operation]) => [
        `${verb} ${path.replace(PREFIX, '')}`,
        operation,
      ]),
    ),
  );
}
const told = (...endpoints: Parameters<typeof describe_>): Told => describe_(...endpoints);

describe('the document of a plugin', () => {
  test('is valid OpenAPI 3.1, whatever the plugin uses', () => {
    const [empty, full] = judged(describe_(), describe_(...everything()));
    expect([empty, full]).toEqual([[], []]);
  }, 60_000);

  test('names every operation once, and stays the same for the same plugin', () => {
    const document = told(...everything());
    const ids = Object.values<Told>(operations(document)).map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('getUsersById');
    expect(JSON.stringify(document)).toBe(JSON.stringify(describe_(...everything())));
  });

  test('says what is in path, query and headers, and of which kind', () => {
    const { parameters } = operations(told(...everything()))['get /users/{id}'];
    expect(parameters.map((one: Told) => [one.in, one.name, one.required, one.schema.type])).toEqual([
      ['path', 'id', true, 'integer'],
      ['query', 'tag', false, 'array'],
      ['query', 'limit', false, 'number'],
      ['header', 'x-trace', false, 'string'],
    ]);
    expect(parameters[1]).toMatchObject({ style: 'form', explode: true });
  });

  test('tells the bounds of numbers that were declared, and no others', () => {
    const schema = { query: z.object({ page: z.int(), size: z.int().min(1).max(50) }) };
    const { parameters } = operations(told(endpoint('GET', '/p', run, { schema })))['get /p'];
    expect(parameters.map((one: Told) => one.schema)).toEqual([
      { type: 'integer' },
      { type: 'integer', minimum: 1, maximum: 50 },
    ]);
  });

  test('says how a form is sent, files and fields', () => {
    const { requestBody } = operations(told(...everything()))['post /upload'];
    const { schema, encoding } = requestBody.content['multipart/form-data'];
    expect(schema.required).toEqual(['photo', 'title']);
    expect(schema.properties.photo).toMatchObject({ type: 'string', format: 'binary', maxLength: 10 });
    expect(schema.properties.more).toMatchObject({ type: 'array', maxItems: 3 });
    expect(encoding).toEqual({ photo: { contentType: 'image/png' } });
  });

  test('says of a checked form that it is one', () => {
    const schema = { body: z.object({ a: z.number() }) };
    const document = operations(told(endpoint('POST', '/f', run, { body: { kind: 'form' }, schema })));
    expect(Object.keys(document['post /f'].requestBody.content)).toEqual([
      'application/x-www-form-urlencoded',
    ]);
  });

  test('names a schema once, and what is given apart from what is taken where they differ', () => {
    const { components, ...rest } = told(...everything());
    expect(Object.keys(components.schemas).sort()).toEqual(
      ['Address', 'PostTreesBody', 'ProblemDetails', 'User', 'UserOutput', 'ValidationProblem'].sort(),
    );
    expect(components.schemas.User.required).toEqual(['address']);
    expect(components.schemas.UserOutput.required).toEqual(['name', 'address']);
    const put = operations({ ...rest, components })['put /users/{id}'];
    expect(put.requestBody.content['application/json'].schema.$ref).toBe('#/components/schemas/User');
    expect(put.responses[201].content['application/json'].schema.$ref).toBe(
      '#/components/schemas/UserOutput',
    );
  });

  test('keeps two schemas of one name apart, and the host’s own names to the host', () => {
    const one = z.object({ a: z.string() }).meta({ id: 'Thing' });
    const two = z.object({ b: z.string() }).meta({ id: 'ProblemDetails' });
    const { components } = told(
      endpoint('POST', '/one', run, { schema: { body: one } }),
      endpoint('POST', '/two', run, { schema: { body: two } }),
      endpoint('POST', '/three', run, {
        schema: { body: z.strictObject({ c: one }), response: z.strictObject({ c: one }) },
      }),
    );
    expect(Object.keys(components.schemas)).toEqual([
      'ProblemDetails',
      'Thing',
      'ValidationProblem',
      'acme_ci_ProblemDetails',
    ]);
    expect(components.schemas['acme_ci_ProblemDetails'].properties).toHaveProperty('b');
  });

  test('does not close what a plugin answers, nor open what it takes', () => {
    const strict = z.strictObject({ a: z.string() }).meta({ id: 'Strict' });
    const { components } = told(
      endpoint('POST', '/x', run, { schema: { body: strict, response: z.object({ strict }) } }),
    );
    expect(components.schemas.Strict.additionalProperties).toBe(false);
    expect(Object.keys(components.schemas)).not.toContain('StrictOutput');
  });

  test('is the same for schemas of other libraries, and says so where one cannot tell', () => {
    const json = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
    const standard = { version: 1, vendor: 'other', validate: (value: unknown) => ({ value }) } as const;
    const other = { '~standard': { ...standard, jsonSchema: { input: () => json } } };
    const document = operations(
      told(
        endpoint('POST', '/other', run, { schema: { body: other } }),
        endpoint('POST', '/val', run, { schema: { body: v.object({ name: v.string() }) as never } }),
      ),
    );
    const bodyOf = (name: string) => document[name].requestBody.content['application/json'].schema;
    expect(bodyOf('post /other')).toMatchObject({ type: 'object', required: ['name'] });
    expect(bodyOf('post /val')).toEqual({ description: expect.stringContaining('cannot be told') });
  });

  test('survives members that a library or an author may bring along', () => {
    const odd = {
      '~standard': {
        ...{ version: 1, vendor: 'odd', validate: (value: unknown) => ({ value }) },
        jsonSchema: {
          input: () => {
            const loop: Record<string, unknown> = { type: 'object', default: 1n, example: () => 1 };
            loop['properties'] = JSON.parse('{"__proto__":{"type":"string"},"$ref":{"type":"number"}}');
            loop['items'] = { $ref: '#/$defs/nowhere' };
            loop['not'] = loop;
            return loop;
          },
        },
      },
    };
    const document = told(endpoint('POST', '/odd', run, { schema: { body: odd as never } }));
    const { schema } = operations(document)['post /odd'].requestBody.content['application/json'];
    expect(Object.keys(schema.properties)).toEqual(['__proto__', '$ref']);
    expect(schema.items).toEqual({});
    expect('default' in schema).toBe(false);
    expect(() => JSON.stringify(document)).not.toThrow();
  });
});

describe('who may ask', () => {
  test('is said by each operation, all that must hold together', () => {
    const document = told(...everything());
    const security = Object.fromEntries(
      Object.entries(operations(document)).map(([name, operation]) => [name, operation.security]),
    );
    expect(security).toMatchObject({
      'get /users/{id}': [],
      'delete /users/{id}': [{ operator: [] }],
      'post /trees': [{ 'token_X-Key': [] }],
      'post /upload': [{ token_key: [] }],
      'post /raw': [{ basic: [] }],
      'post /json': [{ signedUrl: [] }],
      'post /hook': [{ signature_github: [], token: [] }],
    });
    const { securitySchemes } = document.components;
    expect(securitySchemes.signature_github).toMatchObject({ in: 'header', name: 'X-Hub-Signature-256' });
    expect(securitySchemes.signature_github.description).toContain('GitHub');
    expect(securitySchemes.operator).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(operations(document)['post /hook'].description).toContain('10.0.0.0/8');
  });

  test('decides what the host may answer by itself', () => {
    const document = operations(told(...everything()));
    const statuses = (name: string) => Object.keys(document[name].responses).map(Number);
    expect(statuses('post /hook')).toEqual([202, 400, 401, 413, 429, 503]);
    expect(statuses('get /users/{id}')).toEqual([200, 404, 418, 422]);
    expect(statuses('delete /users/{id}')).toEqual([204, 401]);
    expect(document['post /hook'].responses[202].headers).toHaveProperty('Location');
  });
});

describe('what has no schema', () => {
  test('of a Router appears untyped, once, and below what is declared', () => {
    const document = operations(told(...everything()));
    expect(document['get ']).toMatchObject({ operationId: 'getRoot' });
    expect(document['get /pages/{page}'].parameters).toHaveLength(1);
    expect(document['delete /files/{path}']).toBeDefined();
    expect(document['get /users/{id}'].summary).toBe('A user');
    expect(document['get /docs']).toBeUndefined();
    expect(Object.keys(document).filter((name) => name.includes('/headers'))).toEqual([]);
  });

  test('of a Router that cannot be read is said to be anything below it', () => {
    const document = operations(told(router('/old', () => undefined)));
    expect(Object.keys(document)).toEqual(
      ['get', 'post', 'put', 'patch', 'delete'].map((verb) => `${verb} /old/{path}`),
    );
  });

  test('an old address is deprecated and names its successor', () => {
    const document = operations(told(...everything()));
    expect(document['post /webhook/old']).toMatchObject({
      deprecated: true,
      'x-successor': '/api/plugin/acme.ci/new',
      description: expect.stringContaining('/api/plugin/acme.ci/new'),
    });
    expect(document['post /old'].deprecated).toBeUndefined();
    expect(Object.keys(document).filter((name) => name.includes('/api/webhook'))).toEqual([]);
  });

  test('an old address whose own path was taken leads to what took it', () => {
    const aliases = oldAddresses('acme.ci', '/x');
    const document = operations(
      told(
        endpoint('GET', '/x', run),
        endpoint('ALL', '/x', run, { yields: true, aliases, successor: '/api/plugin/acme.ci/x' }),
      ),
    );
    expect(document['post /x']).toBeUndefined();
    expect(document['get /webhook/x']).toMatchObject({
      deprecated: true,
      'x-successor': '/api/plugin/acme.ci/x',
    });
  });
});

describe('operations that a document cannot tell apart', () => {
  test('share one path under the names that came first', () => {
    const document = operations(
      told(
        endpoint('GET', '/a/:id', run),
        endpoint('PUT', '/a/:name', run, { schema: { params: z.object({ name: z.number() }) } }),
      ),
    );
    expect(document['put /a/{id}'].parameters[0]).toMatchObject({ name: 'id', schema: { type: 'number' } });
  });

  test('of one method are noted beside the first', () => {
    const document = operations(told(endpoint('GET', '/a/:id', run), endpoint('GET', '/a/*rest', run)));
    expect(document['get /a/{id}'].operationId).toBe('getAById');
    expect(document['x-also /a/{id}']).toMatchObject([{ 'x-method': 'get', 'x-path': `${PREFIX}/a/{rest}` }]);
  });

  test('a WebSocket beside a GET is said of the GET', () => {
    const socket = { serve: { connect: run, limits: {} } };
    const alone = operations(told(endpoint('GET', '/live', run, socket)))['get /live'];
    expect(alone).toMatchObject({ 'x-websocket': true });
    expect(Object.keys(alone.responses)).toEqual(['101']);
    // Beside a GET, as mounts allow it.
    const both = operations(
      told(endpoint('GET', '/live/:id', run, socket), endpoint('GET', '/live/:name', run, { method: 'ALL' })),
    )['get /live/{name}'];
    expect(both).toMatchObject({ 'x-websocket': true });
    expect(Object.keys(both.responses)).toEqual(['101', '200']);
  });
});
