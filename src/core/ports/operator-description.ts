import type { JsonSchema } from '../json-schema';
import type { OperatorScope } from '../scopes';

/** One verb of the operator API, as documents tell it. Plain data. */
export interface DescribedOperation {
  /** Area and verb, e.g. `plugins.reload`. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below `/api/operator`, as in `/plugins/:key/reload`. */
  readonly path: string;
  readonly summary: string;
  /** Least scope that may ask. */
  readonly scope: OperatorScope;
  readonly query: readonly DescribedParameter[];
  /** JSON Schema of a JSON body; undefined where none is told. */
  readonly body: JsonSchema | undefined;
  readonly answer: JsonSchema | undefined;
  /** Media type of the answer. */
  readonly answerType: string;
  /** True where the answer is a page, and `next` of it the `after` of the one that follows. */
  readonly isPaginated: boolean;
}
export interface DescribedParameter {
  readonly name: string;
  readonly required: boolean;
  readonly description: string | undefined;
  readonly schema: JsonSchema;
}
