import type {
  AcceptOperation,
  AcceptResult,
  AnswerOperation,
  Batch,
  BatchResult,
  ClaimOperation,
  Command,
  CommandResult,
  EnqueueResult,
  Extension,
  ExtensionResult,
  NewJob,
  Settlement,
  SettleResult,
} from './store';

/** Operations that belong together: whatever else a batch holds, these are in the same one. */
export interface Unit {
  readonly accepts?: readonly AcceptOperation[];
  readonly enqueues?: readonly NewJob[];
  readonly answers?: readonly AnswerOperation[];
  readonly settles?: readonly Settlement[];
  readonly extensions?: readonly Extension[];
  readonly commands?: readonly Command[];
  /** Tasks that may have work to claim once this is committed. */
  readonly wakes?: readonly number[];
  /** About, for back-pressure; where it is not given, `weightOf` adds it up. */
  readonly bytes?: number;
}
export interface UnitResult {
  readonly accepts: readonly AcceptResult[];
  readonly enqueues: readonly EnqueueResult[];
  readonly settles: readonly SettleResult[];
  readonly extensions: readonly ExtensionResult[];
  readonly commands: readonly CommandResult[];
}

/** One batch of many units, in their order. */
export function assemble(units: readonly Unit[], claim: ClaimOperation | undefined): Batch {
  const [only] = units;
  if (units.length === 1 && only !== undefined) return batchOf(only, claim);
  const batch = {
    accepts: [] as AcceptOperation[],
    enqueues: [] as NewJob[],
    answers: [] as AnswerOperation[],
    settles: [] as Settlement[],
    extensions: [] as Extension[],
    commands: [] as Command[],
    claim,
  };
  for (const unit of units) {
    append(batch.accepts, unit.accepts);
    append(batch.enqueues, unit.enqueues);
    append(batch.answers, unit.answers);
    append(batch.settles, unit.settles);
    append(batch.extensions, unit.extensions);
    append(batch.commands, unit.commands);
  }
  return batch;
}

/** What each unit gets of its batch's result, in their order. */
export function share(units: readonly Unit[], result: BatchResult): UnitResult[] {
  if (units.length === 1) return [result];
  const at = { accepts: 0, enqueues: 0, settles: 0, extensions: 0, commands: 0 };
  return units.map((unit) => ({
    accepts: result.accepts.slice(at.accepts, (at.accepts += unit.accepts?.length ?? 0)),
    enqueues: result.enqueues.slice(at.enqueues, (at.enqueues += unit.enqueues?.length ?? 0)),
    settles: result.settles.slice(at.settles, (at.settles += unit.settles?.length ?? 0)),
    extensions: result.extensions.slice(at.extensions, (at.extensions += unit.extensions?.length ?? 0)),
    commands: result.commands.slice(at.commands, (at.commands += unit.commands?.length ?? 0)),
  }));
}

function batchOf(unit: Unit, claim: ClaimOperation | undefined): Batch {
  const { accepts = [], enqueues = [], answers = [], settles = [], extensions = [], commands = [] } = unit;
  return { accepts, enqueues, answers, settles, extensions, commands, claim };
}

function append<T>(to: T[], from: readonly T[] | undefined): void {
  if (from !== undefined) for (const item of from) to.push(item);
}

/** Of a row without the texts it carries, about. */
const ROW_BYTES = 512;

/** About how many bytes a unit brings into its batch. */
export function weightOf({ bytes, accepts, enqueues, answers, settles, commands }: Unit): number {
  if (bytes !== undefined) return bytes;
  let sum = ROW_BYTES;
  const add = (text: string | undefined) => (sum += text === undefined ? 0 : ROW_BYTES + text.length);
  accepts?.forEach(({ receipt }) => (sum += ROW_BYTES + receipt.body.length));
  enqueues?.forEach(({ payload }) => add(payload));
  answers?.forEach(({ answer }) => add(answer));
  for (const { writes, enqueues: more } of settles ?? []) {
    writes.forEach(({ data = '' }) => add(data));
    more.forEach(({ payload = '' }) => add(payload));
  }
  for (const { statements } of commands ?? [])
    for (const { parameters } of statements)
      for (const value of parameters)
        if (typeof value === 'string' || Buffer.isBuffer(value)) sum += value.length;
  return sum;
}
