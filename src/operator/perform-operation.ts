import { HostError, isHostError } from '../core/errors';
import { isHttpError } from '../core/http-error';
import type { AuditEntry, AuditLog, AuditRecord } from '../core/ports/audit';
import { holdsScope, OPERATOR_SCOPES } from '../core/scopes';
import type { Operation, OperationCall, OperationQuestion } from './operation';
import type { Identity } from '../core/ports/operator-auth';

/** Where a request for an operation came from. */
export interface OperationSource {
  readonly via: AuditEntry['via'];
  readonly ip: string | undefined;
  /** Absent in a host that keeps none. */
  readonly audit: Pick<AuditLog, 'record'> | undefined;
}

const LONGEST_SUBJECT = 500;

/** Whether a caller may ask; what must be held is decided by the question. */
export function mayPerform(operation: Operation, question: OperationQuestion, { scopes }: Identity): boolean {
  return holdsScope(scopes, scopeNeeded(operation, question));
}

/**
 * Resolves where the caller may ask. A change that was refused is written where the caller holds any scope of the operator
 * API: those of others are nobody's business here, and could be many. @throws operator/scope
 */
export async function admit(
  operation: Operation,
  question: OperationQuestion,
  caller: Identity,
  { audit, via, ip }: OperationSource,
): Promise<void> {
  if (mayPerform(operation, question, caller)) return;
  const refusal = new HostError('operator/scope', [
    operation.id,
    scopeNeeded(operation, question),
    caller.name,
  ]);
  if (isWritten(operation) && OPERATOR_SCOPES.some((scope) => caller.scopes.includes(scope)))
    await audit?.record({
      ...{ who: caller.name, via, ip, verb: operation.id, subject: subjectOf(question) },
      ...{ before: undefined, after: undefined, outcome: refusal.code },
    });
  throw refusal;
}

/** Does what was asked for and has it written, whatever comes of it. @throws what it throws */
export async function performOperation(
  operation: Operation,
  call: OperationCall,
  { audit, via, ip }: OperationSource,
  act: () => Promise<unknown>,
): Promise<unknown> {
  const rules = operation.audit ?? {};
  if (audit === undefined || !isWritten(operation) || (await told(() => rules.isIdle?.(call))) === true)
    return act();
  const subject = (await told(() => rules.subject?.(call))) ?? subjectOf(call);
  const before = await told(() => rules.before?.(call));
  const write = async (outcome: string, answered: unknown) => {
    const after = await told(() => rules.after?.(call, answered));
    const record: AuditRecord = {
      ...{ who: call.caller.name, via, ip, verb: operation.id },
      ...{ subject: subject.slice(0, LONGEST_SUBJECT), before, after, outcome },
    };
    await audit.record(record);
  };
  // Nobody waits for the end of what streams; that somebody took it is known from its beginning.
  const isStream = operation.serve !== undefined && operation.method === 'GET';
  try {
    if (isStream) await write('begun', undefined);
    const answered = await act();
    if (!isStream) await write(operation.outcome?.(answered) ?? 'done', answered);
    return answered;
  } catch (thrown) {
    await write(codeOf(thrown), undefined);
    throw thrown;
  }
}

function scopeNeeded(operation: Operation, question: OperationQuestion) {
  return operation.scopeOf?.(question) ?? operation.scope;
}

const isWritten = ({ method, audit }: Operation) => method !== 'GET' || audit !== undefined;

const subjectOf = ({ params }: OperationQuestion) =>
  Object.values(params).join('/').slice(0, LONGEST_SUBJECT);

/** What cannot be told is left out: a body that was misread is refused by the operation itself. */
async function told<T>(tell: () => T | Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await tell();
  } catch {
    return undefined;
  }
}

function codeOf(thrown: unknown): string {
  if (isHostError(thrown)) return thrown.code;
  return isHttpError(thrown) ? `http/${thrown.status}` : 'internal/unexpected';
}
