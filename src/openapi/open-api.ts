import type { JsonSchema } from '../core/json-schema';

/** What of an OpenAPI document is written here. @see https://spec.openapis.org/oas/v3.1.0 */
export interface OpenApi {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly responses: Readonly<Record<string, ApiResponse>>;
    readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
  };
}

/** The methods a path item may name, in the order they are written. */
export const VERBS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Verb = (typeof VERBS)[number];

/** `x-also`: operations that its template cannot tell apart from one of the others. */
export type PathItem = { [V in Verb]?: Operation } & { 'x-also'?: AlsoOperation[] };
type AlsoOperation = Operation & { readonly 'x-method': Verb; readonly 'x-path': string };

export interface Operation {
  readonly operationId: string;
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly deprecated?: true;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: RequestBody;
  readonly responses: Readonly<Record<string, ApiResponse | Reference>>;
  /** Each of a requirement's schemes must hold; none at all: anybody may ask. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly 'x-websocket'?: true;
  /** Of the operator API: what a token must hold. */
  readonly 'x-gatehouse-scope'?: string;
  /** Where callers of a deprecated address should go. */
  readonly 'x-successor'?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly style?: 'form';
  readonly explode?: true;
  readonly schema: JsonSchema;
}

export type Content = Readonly<Record<string, MediaType>>;
export interface MediaType {
  readonly schema?: JsonSchema;
  readonly encoding?: Readonly<Record<string, { readonly contentType: string }>>;
}
export interface RequestBody {
  readonly required: boolean;
  readonly content: Content;
}
export interface ApiResponse {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;
  readonly content?: Content;
}
export interface Reference {
  readonly $ref: string;
}
export interface SecurityScheme {
  readonly type: 'http' | 'apiKey';
  readonly description: string;
  readonly scheme?: 'bearer' | 'basic';
  readonly in?: 'header' | 'query';
  readonly name?: string;
}
