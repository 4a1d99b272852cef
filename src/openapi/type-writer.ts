import type { ApiResponse, Content, OpenApi, Operation, Parameter, PathItem, Reference } from './open-api';
import { memberName, typeOfSchema, writeComment, writeMembers, type Member } from './type-of-schema';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/**
 * TypeScript for whoever calls what a document describes: `paths` and `components`, in the shape that openapi-typescript
 * gives them, so that clients made for that (openapi-fetch) take them. A member with a default may be left out.
 * @see https://openapi-ts.dev/introduction
 */
export function writeTypes(document: OpenApi): string {
  const { info, paths, components } = document;
  const about = writeComment(`${info.title} ${info.version}\n${info.description ?? ''}`, false, '');
  const written = Object.entries(paths).map(([path, item]) => required(path, writePath(item)));
  const schemas = Object.entries(components.schemas).map(([name, schema]) => ({
    ...required(name, typeOfSchema(schema, '    ')),
    comment: schema['description'],
  }));
  const responses = Object.entries(components.responses).map(([name, response]) =>
    required(name, writeResponse(response, '    ')),
  );
  const parts = [
    required('schemas', schemas.length === 0 ? 'never' : writeMembers(schemas, '  ')),
    required('responses', responses.length === 0 ? 'never' : writeMembers(responses, '  ')),
    ...['parameters', 'requestBodies', 'headers', 'pathItems'].map((name) => required(name, 'never')),
  ];
  return [
    about,
    `export interface paths ${writeMembers(written, '')}\n`,
    'export type webhooks = Record<string, never>;\n',
    `export interface components ${writeMembers(parts, '')}\n`,
    'export type $defs = Record<string, never>;\n',
  ].join('');
}

const required = (name: string, type: string): Member => ({ name, type, isRequired: true });
const optional = (name: string, type: string): Member => ({ name, type, isRequired: false });

function writePath(item: PathItem): string {
  const members: Member[] = METHODS.map((method) => {
    const operation = (item as Readonly<Record<string, Operation | undefined>>)[method];
    if (operation === undefined) return optional(method, 'never');
    return {
      ...required(method, writeOperation(operation)),
      comment: [operation.summary, operation.description].filter((text) => text !== undefined).join('\n\n'),
      isDeprecated: operation.deprecated === true,
    };
  });
  return writeMembers([required('parameters', writeParameters([], '    ')), ...members], '  ');
}

function writeOperation({ parameters = [], requestBody, responses }: Operation): string {
  const indent = '    ';
  const body =
    requestBody === undefined
      ? optional('requestBody', 'never')
      : {
          ...required('requestBody', writeMembers([content(requestBody.content, '      ')], '      ')),
          isRequired: requestBody.required,
        };
  const answers = Object.entries(responses).map(([status, response]) =>
    required(status, isReference(response) ? referTo(response) : writeResponse(response, '        ')),
  );
  return writeMembers(
    [
      required('parameters', writeParameters(parameters, '      ')),
      body,
      required('responses', writeMembers(answers, '      ')),
    ],
    indent,
  );
}

function writeParameters(parameters: readonly Parameter[], indent: string): string {
  const groups = ['query', 'header', 'path', 'cookie'].map((place) => {
    const own = parameters.filter(({ in: where }) => where === place);
    if (own.length === 0) return optional(place, 'never');
    const members = own.map(({ name, required: isRequired, schema, description }) => ({
      ...{ name, isRequired, type: typeOfSchema(schema, `${indent}    `), comment: description },
    }));
    const isRequired = members.some((member) => member.isRequired);
    return { name: place, type: writeMembers(members, `${indent}  `), isRequired };
  });
  return writeMembers(groups, indent);
}

function isReference(response: ApiResponse | Reference): response is Reference {
  return '$ref' in response;
}

function referTo({ $ref }: Reference): string {
  return `components["responses"][${JSON.stringify($ref.slice($ref.lastIndexOf('/') + 1))}]`;
}

function writeResponse({ headers = {}, content: given }: ApiResponse, indent: string): string {
  const named = Object.entries(headers).map(
    ([name, { schema }]) => `${indent}    ${memberName(name)}?: ${typeOfSchema(schema, indent)};\n`,
  );
  const members = [
    required('headers', `{\n${named.join('')}${indent}    [name: string]: unknown;\n${indent}  }`),
    given === undefined ? optional('content', 'never') : content(given, `${indent}`),
  ];
  return writeMembers(members, indent);
}

function content(given: Content, indent: string): Member {
  const types = Object.entries(given).map(([type, { schema }]) =>
    required(type, typeOfSchema(schema, `${indent}    `)),
  );
  return required('content', writeMembers(types, `${indent}  `));
}
