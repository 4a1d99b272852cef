import type { BodyPolicy } from '../core/declaration';
import type { EndpointSchema } from '../core/endpoint-schema';
import { jsonSchemaOf } from '../core/json-schema';
import { isStandardSchema, type StandardSchema } from '../core/standard-schema';
import type { EndpointDefinition, FieldRules } from './endpoint-types';

type Taking = Pick<
  EndpointDefinition,
  | 'method'
  | 'path'
  | 'params'
  | 'query'
  | 'headers'
  | 'body'
  | 'files'
  | 'fields'
  | 'onProgress'
  | 'response'
  | 'status'
  | 'unknown'
  | 'errors'
  | 'summary'
  | 'tags'
  | 'deprecated'
>;
interface PolicyOption extends Partial<BodyPolicy> {
  readonly schema?: StandardSchema;
}

/** What an endpoint takes and gives, as core knows it; checked before. */
export function schemaPart(options: Taking): { readonly schema?: EndpointSchema } {
  const { params, query, headers, response, status, unknown, errors, summary, tags, deprecated } = options;
  const said = {
    ...{ params, query, headers },
    body: bodySchema(options.body),
    fields: isStandardSchema(options.fields) ? options.fields : undefined,
    ...{ response, status, unknown, errors, summary, tags, deprecated },
  };
  const schema = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return Object.keys(schema).length === 0 ? {} : { schema };
}

/** How the body of an endpoint is read; checked before. */
export function bodyPart({ body, files, fields, onProgress }: Taking): BodyPolicy {
  const { schema: _schema, ...policy } = policyOf(body);
  return {
    ...policy,
    kind: kindOf(body) ?? (files !== undefined || fields !== undefined ? 'multipart' : 'auto'),
    ...(files !== undefined && { files }),
    ...(isFieldRules(fields) && { fields }),
    ...(onProgress !== undefined && { onProgress }),
  };
}

/** What is wrong with what an endpoint takes and gives, beyond the shape of each option. */
export function schemaIssues(options: Taking): (string | undefined)[] {
  const { method, path, params, headers, body, files, fields, onProgress, response, status } = options;
  const kind = kindOf(body);
  const isForm = kind === 'multipart' || kind === 'parts';
  const hasParts = files !== undefined || fields !== undefined;
  const schema = bodySchema(body);
  const isRead = method === 'GET' || method === 'HEAD';
  return [
    kind !== undefined && hasParts && !isForm
      ? 'files and fields are those of a multipart form, so there is no other body; leave body out'
      : undefined,
    schema !== undefined && kind !== 'json' && kind !== 'form'
      ? 'body.schema needs kind "json" or "form"; the fields of a multipart form have fields: schema'
      : undefined,
    isRead && (schema !== undefined || hasParts || isForm)
      ? `${method} takes no body (RFC 9110 §9.3.1); declare POST, PUT or PATCH, or check the query`
      : undefined,
    onProgress !== undefined && !isForm && !hasParts
      ? 'onProgress is of a multipart form; declare files, fields or body: { kind: "multipart" }'
      : undefined,
    response !== undefined && (status === 204 || status === 205)
      ? `an answer ${status} has no body, so response cannot be of it`
      : undefined,
    ...paramIssues(path, params),
    ...headerIssues(headers),
  ];
}

/** Names that the schema wants and the path never captures; as far as its library tells names. */
function paramIssues(path: unknown, params: unknown): string[] {
  if (typeof path !== 'string' || !isStandardSchema(params)) return [];
  const names = Object.keys(jsonSchemaOf(params, 'input')?.properties ?? {});
  const captured = path
    .split('/')
    .filter((segment) => /^[:*]/.test(segment))
    .map((segment) => segment.slice(1));
  return names
    .filter((name) => !captured.includes(name))
    .map((name) => `params has "${name}", which the path does not (it has ${captured.join(', ') || 'none'})`);
}

/** Names with capitals, which the headers of no request have; as far as its library tells names. */
function headerIssues(headers: unknown): string[] {
  if (!isStandardSchema(headers)) return [];
  return Object.keys(jsonSchemaOf(headers, 'input')?.properties ?? {})
    .filter((name) => name !== name.toLowerCase())
    .map((name) => `headers has "${name}"; names are in lower case: "${name.toLowerCase()}"`);
}

function bodySchema(body: Taking['body']): StandardSchema | undefined {
  return isStandardSchema(body) ? body : policyOf(body).schema;
}

function kindOf(body: Taking['body']): BodyPolicy['kind'] | undefined {
  if (body === undefined) return undefined;
  return isStandardSchema(body) ? 'json' : (policyOf(body).kind ?? 'auto');
}

function policyOf(body: Taking['body']): PolicyOption {
  return isStandardSchema(body) ? {} : (Object(body) as PolicyOption);
}

function isFieldRules(fields: FieldRules | undefined): fields is Exclude<FieldRules, StandardSchema> {
  return fields !== undefined && !isStandardSchema(fields);
}
