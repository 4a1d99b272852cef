/** Of an OpenAPI 3.1 document, what is shown of it. @see https://spec.openapis.org/oas/v3.1.1 */
export interface Description {
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}
export interface DescribedOperation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly deprecated?: boolean;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: unknown }>> };
  readonly responses?: Readonly<
    Record<
      string,
      {
        readonly description?: string;
        readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
      }
    >
  >;
  readonly 'x-gatehouse-scope'?: string;
}
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: unknown;
}

/** One line of the list. */
export interface Row {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
  readonly operation: DescribedOperation;
}

const VERBS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options']);

export function rowsOf({ paths }: Description): readonly Row[] {
  return Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs)
      .filter(([verb]) => VERBS.has(verb))
      .map(([verb, operation]) => ({
        id: `${verb} ${path}`,
        method: verb.toUpperCase(),
        path,
        tag: operation.tags?.[0] ?? '',
        operation,
      })),
  );
}

/** With what `$ref` names put in its place, so that a schema can be read; not into itself, and not without end. */
export function resolved(
  schema: unknown,
  { components }: Description,
  seen: readonly string[] = [],
): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema))
    return schema.map((entry) => resolved(entry, { components } as Description, seen));
  const { $ref } = schema as { $ref?: unknown };
  if (typeof $ref === 'string') {
    const name = $ref.replace('#/components/schemas/', '');
    if (seen.includes(name) || seen.length > 8) return { $ref };
    return resolved(components?.schemas?.[name], { components } as Description, [...seen, name]);
  }
  const entries = Object.entries(schema).map(
    ([name, value]) => [name, resolved(value, { components } as Description, seen)] as const,
  );
  return Object.fromEntries(entries);
}
