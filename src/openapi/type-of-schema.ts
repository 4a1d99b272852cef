import type { JsonSchema } from '../core/json-schema';

const COMPONENT = /^#\/components\/schemas\/([A-Za-z0-9._-]+)$/;

/** The TypeScript type of what a schema describes, as openapi-typescript writes it. `indent`: of the line it begins on. */
export function typeOfSchema(schema: boolean | JsonSchema | undefined, indent: string): string {
  if (schema === false) return 'never';
  if (schema === undefined || schema === true) return 'unknown';
  const [, component] = COMPONENT.exec(schema.$ref ?? '') ?? [];
  if (component !== undefined) return `components["schemas"][${JSON.stringify(component)}]`;
  const constant = literalsOf(schema);
  if (constant !== undefined) return constant;
  const own = ownType(schema, indent);
  const either = [schema.anyOf, schema.oneOf].flatMap((parts) =>
    parts === undefined ? [] : [union(parts.map((part) => typeOfSchema(part, indent)))],
  );
  const all = (schema.allOf ?? []).map((part) => typeOfSchema(part, indent));
  const parts = [...all, ...either, ...(own === undefined ? [] : [own])].filter((part) => part !== 'unknown');
  return parts.length === 0
    ? 'unknown'
    : [...new Set(parts)].map((part) => grouped(part, parts.length)).join(' & ');
}

function literalsOf({ enum: values, const: value }: JsonSchema): string | undefined {
  if (value !== undefined) return literal(value);
  return Array.isArray(values) ? union(values.map(literal)) : undefined;
}

function literal(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'unknown';
  return 'unknown';
}

function ownType(schema: JsonSchema, indent: string): string | undefined {
  const { type } = schema;
  if (type !== undefined && typeof type !== 'string')
    return union(type.map((one) => ownType({ ...schema, type: one }, indent) ?? 'unknown'));
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return listType(schema, indent);
    case 'object':
      return objectType(schema, indent);
    case undefined:
    default:
      return schema.properties === undefined ? undefined : objectType(schema, indent);
  }
}

function listType({ items, prefixItems }: JsonSchema, indent: string): string {
  if (prefixItems === undefined) return `${grouped(typeOfSchema(items, indent), 2)}[]`;
  const first = prefixItems.map((item) => typeOfSchema(item, indent));
  const rest =
    items === undefined || items === false ? [] : [`...${grouped(typeOfSchema(items, indent), 2)}[]`];
  return `[${[...first, ...rest].join(', ')}]`;
}

function objectType(schema: JsonSchema, indent: string): string {
  const { properties, required = [], additionalProperties } = schema;
  const members = Object.entries(properties ?? {}).map(([name, member]) => ({
    name,
    isRequired: required.includes(name),
    type: typeOfSchema(member, `${indent}  `),
    comment: member['description'],
    isDeprecated: member['deprecated'] === true,
  }));
  const isOpen =
    additionalProperties !== undefined && additionalProperties !== false
      ? `{ [key: string]: ${typeOfSchema(additionalProperties, indent)} }`
      : undefined;
  if (members.length === 0) return isOpen ?? 'Record<string, never>';
  const closed = writeMembers(members, indent);
  return isOpen === undefined ? closed : `${closed} & ${isOpen}`;
}

export interface Member {
  readonly name: string;
  readonly isRequired: boolean;
  readonly type: string;
  readonly comment?: unknown;
  readonly isDeprecated?: boolean;
}

/** A type literal, one member a line. */
export function writeMembers(members: readonly Member[], indent: string): string {
  const lines = members.map(
    ({ name, isRequired, type, comment, isDeprecated = false }) =>
      `${writeComment(comment, isDeprecated, `${indent}  `)}${indent}  ${memberName(name)}${isRequired ? '' : '?'}: ${type};\n`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
}

/** A doc comment of texts that plugins wrote: nothing in it ends it. */
export function writeComment(text: unknown, isDeprecated: boolean, indent: string): string {
  const told = typeof text === 'string' ? text.replaceAll('*/', '* /').trim() : '';
  const lines = [
    ...(told === '' ? [] : told.split(/\r\n|[\n\r\u2028\u2029]/)),
    ...(isDeprecated ? ['@deprecated'] : []),
  ];
  if (lines.length === 0) return '';
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd() + '\n').join('')}${indent} */\n`;
}

/** Statuses stay numbers, as clients compare them. */
export function memberName(name: string): string {
  return /^(?:[A-Za-z_$][\w$]*|[1-9]\d{0,2})$/.test(name) ? name : JSON.stringify(name);
}

function union(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.includes('unknown') ? 'unknown' : distinct.join(' | ') || 'never';
}

/** In parentheses where it stands among `count` others. */
function grouped(type: string, count: number): string {
  return count > 1 && /[|&]/.test(type) ? `(${type})` : type;
}
