import type { BodyPolicy, Endpoint, FieldRule, FileRule } from '../core/declaration';
import type { EndpointSchema } from '../core/endpoint-schema';
import type { JsonSchema } from '../core/json-schema';
import type { Content, MediaType, Parameter, RequestBody, Verb } from './open-api';
import type { Template } from './path-book';
import type { SchemaBook } from './schema-book';
import { schemaMembers } from './schema-members';

/** Described by other means, and to be left out (OpenAPI 3.1 §4.8.12.1). */
const NO_PARAMETERS: ReadonlySet<string> = new Set(['accept', 'authorization', 'content-type']);

/** Those of path, query and headers; `names` are what the document calls the path's, in order. */
export function describeParameters(
  { schema = {} }: Pick<Endpoint, 'schema'>,
  template: Template,
  names: readonly string[],
  book: SchemaBook,
  place: string,
): Parameter[] {
  return [
    ...pathParameters(schema, template, names, book, place),
    ...namedParameters(schema.query, 'query', book, `${place}Query`),
    ...namedParameters(schema.headers, 'header', book, `${place}Header`).filter(
      ({ name }) => !NO_PARAMETERS.has(name.toLowerCase()),
    ),
  ];
}

function pathParameters(
  { params }: EndpointSchema,
  template: Template,
  names: readonly string[],
  book: SchemaBook,
  place: string,
): Parameter[] {
  const told = params === undefined ? undefined : book.tell(params, 'input');
  const members = told === undefined ? undefined : schemaMembers(told);
  return template.names.map((own, index) => {
    const member = members?.get(own)?.schema;
    return {
      name: names[index] ?? own,
      in: 'path',
      required: true,
      ...(template.tails.includes(own) ? { description: 'One segment or more, with their slashes.' } : {}),
      schema: member === undefined ? { type: 'string' } : book.addJson(member, 'input', `${place}Param`),
    };
  });
}

function namedParameters(
  schema: EndpointSchema['query'],
  where: 'query' | 'header',
  book: SchemaBook,
  place: string,
): Parameter[] {
  const told = schema === undefined ? undefined : book.tell(schema, 'input');
  if (told === undefined) return [];
  return [...schemaMembers(told)].map(([name, member]) => ({
    name,
    in: where,
    required: member.isRequired,
    ...(typeof member.schema['description'] === 'string'
      ? { description: member.schema['description'] }
      : {}),
    ...(where === 'query' && member.schema.type === 'array' ? { style: 'form', explode: true } : {}),
    schema: book.addJson(member.schema, 'input', place),
  }));
}

/** Undefined where a request of that method brings none. */
export function describeBody(
  { schema = {}, body }: Pick<Endpoint, 'schema' | 'body'>,
  verb: Verb,
  book: SchemaBook,
  place: string,
): RequestBody | undefined {
  if (schema.body !== undefined) {
    const type = body.kind === 'form' ? FORM : 'application/json';
    return oneOf({ [type]: { schema: book.add(schema.body, 'input', `${place}Body`) } });
  }
  const isForm = body.files !== undefined || body.fields !== undefined || schema.fields !== undefined;
  if (isForm || body.kind === 'multipart' || body.kind === 'parts' || body.kind === 'form')
    return oneOf(formContent(body, schema, book, place));
  if (body.kind === 'json') return oneOf({ 'application/json': { schema: {} } });
  if (body.kind === 'raw' || body.kind === 'stream') return oneOf({ 'application/octet-stream': {} }, false);
  return verb === 'get' || verb === 'delete' ? undefined : oneOf({ '*/*': {} }, false);
}

const FORM = 'application/x-www-form-urlencoded';

const oneOf = (content: Content, required = true): RequestBody => ({ required, content });

function formContent(
  body: BodyPolicy,
  { fields: schema }: EndpointSchema,
  book: SchemaBook,
  place: string,
): Content {
  const told = schema === undefined ? undefined : book.tell(schema, 'input');
  const members = told === undefined ? undefined : schemaMembers(told);
  const fields: [string, JsonSchema, boolean][] =
    members === undefined
      ? Object.entries(body.fields ?? {}).map(([name, rule]) => [name, TEXT, isRequired(rule)])
      : [...members].map(([name, member]) => [
          name,
          book.addJson(member.schema, 'input', `${place}Field`),
          member.isRequired,
        ]);
  const files = Object.entries(body.files ?? {});
  const properties = [
    ...files.map(([name, rule]) => [name, fileSchema(rule)] as const),
    ...fields.map(([name, field]) => [name, field] as const),
  ];
  const required = [
    ...files.filter(([, rule]) => isRequired(rule)).map(([name]) => name),
    ...fields.filter(([, , needed]) => needed).map(([name]) => name),
  ];
  const media: MediaType = {
    schema: {
      type: 'object',
      ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
      ...(required.length > 0 ? { required } : {}),
    },
    ...encodingOf(files),
  };
  if (body.kind === 'form') return { [FORM]: media };
  const isEither = body.kind === 'auto' && files.length === 0;
  return {
    'multipart/form-data': media,
    ...(isEither ? { [FORM]: media } : {}),
  };
}

const TEXT: JsonSchema = { type: 'string' };
const isRequired = (rule: FileRule | FieldRule) => rule.required === true;

function fileSchema({ maxBytes, maxCount = 1, types }: FileRule): JsonSchema {
  const [only] = types?.length === 1 ? types : [];
  const one: JsonSchema = {
    type: 'string',
    format: 'binary',
    ...(only === undefined || only.includes('*') ? {} : { contentMediaType: only }),
    ...(maxBytes === undefined ? {} : { maxLength: maxBytes }),
  };
  return maxCount > 1 ? { type: 'array', items: one, maxItems: maxCount } : one;
}

function encodingOf(files: readonly (readonly [string, FileRule])[]): Pick<MediaType, 'encoding'> {
  const typed = files.flatMap(([name, { types }]) =>
    types === undefined || types.length === 0 ? [] : [[name, { contentType: types.join(', ') }] as const],
  );
  return typed.length === 0 ? {} : { encoding: Object.fromEntries(typed) };
}
