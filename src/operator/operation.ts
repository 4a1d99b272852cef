import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Identity } from '../core/ports/operator-auth';
import type { OperatorScope } from '../core/scopes';
import type { Operator } from './operator';

/** A request for an operation, as it came: `run` reads what it takes and refuses what it does not understand. */
export interface OperationCall {
  readonly operator: Operator;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Parsed JSON; undefined where none was sent. */
  readonly body: unknown;
  readonly caller: Identity;
  /** Aborts when the caller leaves before the answer. */
  readonly signal: AbortSignal;
  /** Whether the caller may still ask this: tokens are revoked, and sessions end, while a stream goes on. Absent: they may. */
  readonly isStillAllowed?: () => boolean;
}

/** What of a call decides who may make it. */
export type OperationQuestion = Pick<OperationCall, 'params' | 'query'>;

/**
 * One verb of the operator API, told once: the HTTP face serves it, its description, the tools for agents, the scopes of
 * tokens and the audit are read from here.
 */
export interface Operation {
  /** Area and verb, e.g. `plugins.reload`; the name of its tool with `_` for `.`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/operator`, as in `/plugins/:key/reload`. */
  readonly path: string;
  /** A sentence without its full stop. */
  readonly summary: string;
  /** Least scope that may ask. */
  readonly scope: OperatorScope;
  /** What must be held instead, where what is asked for takes more. */
  scopeOf?(question: OperationQuestion): OperatorScope;
  /** What the query and the body may be, for its description; the body of a change is JSON. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** How the body is read; default: JSON of at most 64 KiB. `stream`: `serve` reads it. */
  readonly reads?: BodyReading | 'stream';
  /** What is answered. */
  readonly answer?: z.ZodType;
  /** Media type of what `serve` writes; default `application/json`. */
  readonly answerType?: string;
  /**
   * What is written of it, without secrets; see `OperationAudit`. A change is written without it, too; what only reads is not.
   * What only reads and writes its answer itself is written when it begins, as `begun`: its end may be days away.
   */
  readonly audit?: OperationAudit;
  /** Answers a value (200 JSON; undefined: 204). */
  run?(call: OperationCall): Promise<unknown>;
  /** What became of what `run` answered: `done`, or the code of what it failed with. */
  outcome?(answered: unknown): string;
  /** Writes what `run` answered, where that is more than JSON. */
  write?(answered: unknown, request: Request, response: Response): void;
  /**
   * Instead of `run`: writes the answer itself (streams, files, bodies that are no JSON); resolves with what `audit.after` is
   * to know of it. No tool is made of it.
   */
  serve?(call: OperationCall, request: Request, response: Response): Promise<unknown>;
}

export interface BodyReading {
  readonly limitBytes?: number;
  /** What is said of one that is no JSON; default: that it is a JSON object. */
  readonly noJson?: string;
  /**
   * What is raised for a body that is no JSON or too large: the parser's own messages quote the body. With it, a body of
   * another type is refused as well, which is otherwise not read.
   */
  refuse?(why: string): Error;
}

/** What the audit keeps of a change. What it raises is left out; none of it changes what becomes of the change. */
export interface OperationAudit {
  /** True where nothing is changed, as in a preview. */
  isIdle?(call: OperationCall): boolean;
  /** What is changed; default: the path's parameters, with `/` between. */
  subject?(call: OperationCall): string;
  /** What it is now, asked before the change. */
  before?(call: OperationCall): Promise<unknown>;
  /** What it is to be; `answered` is undefined where it failed. */
  after?(call: OperationCall, answered: unknown): unknown;
}
