import type { JsonSchema } from '../json-schema';
import type { Identity } from './operator-auth';

/** A verb of the operator API, as agents see it. */
export interface AdminTool {
  /** `gatehouse_` and the id of the operation with `_` for `.`; no tool of a plugin is called like that. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Of an object: parameters of the path and the query, and the members of the body. */
  readonly inputSchema: JsonSchema;
  readonly isReading: boolean;
  /** It removes, or ends, what does not come back by itself. */
  readonly isDestructive: boolean;
}

export interface AdminToolCall {
  readonly name: string;
  readonly input: unknown;
  readonly identity: Identity;
  readonly ip: string | undefined;
  readonly signal: AbortSignal;
}

/** The operator API as tools for agents: each operation that answers a value. Changes are written to the audit. */
export interface AdminTools {
  /** What the scopes of an identity allow; empty for those who hold none of the operator API. */
  list(identity: Identity): readonly AdminTool[];
  /**
   * `ok: false` of a change that was made and did not work, as a reload that failed.
   * @throws tools/bad-request for a name that is none or an input that is no object of texts where the path and the query
   * want them; operator/scope; what the operation throws
   */
  call(call: AdminToolCall): Promise<{ readonly ok: boolean; readonly output: unknown }>;
}
