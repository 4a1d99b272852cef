import type { PoolClient, QueryResult } from 'pg';
import { toError } from '../../core/errors';
import type {
  Batch,
  BatchResult,
  Command,
  CommandResult,
  ExtensionResult,
  Settlement,
  SettleResult,
} from '../store';
import { claimedJobs, type ClaimedRow } from '../claimed-job';
import { acceptStatement, type AcceptedRow } from './accept';
import { acceptResults, enqueueResults, type TakenJob, type TakenReceipt } from './batch-results';
import { takenStatement, type DedupeTables } from './dedupe-sql';
import { commandStatement } from './command-statement';
import { judgeWrites, writeDocuments } from './documents';
import { enqueueStatement, type EnqueuedRow } from './enqueue';
import { isAboutStatement, isPassing, Unheard } from './fault';
import { laneLock } from './lane-lock';
import { answerStatement, claimStatement, extendStatement, type ExtendedRow } from './lease';
import { once } from './once';
import { firstsOf } from './same-keys';
import { settleStatement, type SettledRow } from './settle';
import { Transaction } from './transaction';

/**
 * One batch, one transaction. Statements are sent ahead of the answers to those before; only document writes, what a
 * settlement enqueues, and commands wait for an answer in between.
 * @throws the database's error, or Moved, and nothing is stored; Unheard where that is not known
 */
export async function commitBatch(
  client: PoolClient,
  batch: Batch,
  tables: DedupeTables,
  now: number,
): Promise<BatchResult> {
  const transaction = new Transaction(client);
  let isEnded = false;
  try {
    const lock = laneLock(batch);
    if (lock !== undefined) void transaction.send(lock);
    const accepts = sendAccepts(transaction, batch, tables, now);
    const enqueues = sendEnqueues(transaction, batch, tables, now);
    const answers = once(batch.answers, ({ receiptId }) => receiptId, 'last').items;
    if (answers.length > 0) void transaction.send(answerStatement(answers));
    const settles = await settle(transaction, batch.settles, tables, now);
    const extensions = sendExtensions(transaction, batch);
    const commands = await runCommands(transaction, batch.commands);
    const claim =
      batch.claim === undefined
        ? undefined
        : transaction.send<ClaimedRow & Record<string, unknown>>(claimStatement(batch.claim, now));
    isEnded = true;
    await transaction.commit();
    return await afterCommit(async () => ({
      accepts: await accepts(client),
      enqueues: await enqueues(client),
      settles: await settles(),
      extensions: await extensions(),
      commands,
      claimed: claim === undefined ? [] : claimedJobs((await claim).rows),
    }));
  } catch (error) {
    // After a COMMIT that failed the server has rolled back already.
    if (isAboutStatement(error)) {
      if (!isEnded) await transaction.rollback();
    } else if (isEnded) throw new Unheard(toError(error).message, { cause: error });
    throw error;
  }
}

/** What is stored must not be stored again: a failure from here on is none that passes. */
async function afterCommit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Error('committed, but what holds the keys that were taken cannot be read', { cause });
  }
}

function sendAccepts(transaction: Transaction, { accepts }: Batch, tables: DedupeTables, now: number) {
  if (accepts.length === 0) return async () => [];
  const firsts = firstsOf(accepts);
  const sent = transaction.send<AcceptedRow & Record<string, unknown>>(
    acceptStatement(firsts.firsts, tables, now),
  );
  return async (client: PoolClient) => {
    const columns = ['token', 'body_digest', 'answer_status', 'answer'];
    return acceptResults(accepts, firsts, (await sent).rows, async (keys) => {
      const { text, values } = takenStatement(keys, 'receipt', columns, tables);
      return (await client.query<TakenReceipt & Record<string, unknown>>(text, [...values])).rows;
    });
  };
}

function sendEnqueues(transaction: Transaction, { enqueues }: Batch, tables: DedupeTables, now: number) {
  if (enqueues.length === 0) return async () => [];
  const firsts = firstsOf(enqueues);
  const sent = transaction.send<EnqueuedRow & Record<string, unknown>>(
    enqueueStatement(firsts.firsts, tables, now),
  );
  return async (client: PoolClient) =>
    enqueueResults(enqueues, firsts, (await sent).rows, async (keys) => {
      const { text, values } = takenStatement(keys, 'job', ['token'], tables);
      return (await client.query<TakenJob & Record<string, unknown>>(text, [...values])).rows;
    });
}

/** Sends what settles; the answer is waited for only where more depends on it. */
async function settle(
  transaction: Transaction,
  settles: readonly Settlement[],
  tables: DedupeTables,
  now: number,
): Promise<() => Promise<SettleResult[]>> {
  if (settles.length === 0) return async () => [];
  const unique = once(settles, ({ ticket }) => ticket, 'first');
  // In the order given: of two that write one document the first succeeds.
  const writing = settles.filter(
    ({ writes }, index) => writes.length > 0 && unique.placeOf[index] !== undefined,
  );
  const judged = writing.length === 0 ? undefined : await judgeWrites(transaction, writing);
  const settling = unique.items.filter(
    (one) => judged === undefined || !(judged.conflicts.has(one) || judged.lost.has(one)),
  );
  const sent = transaction.send<SettledRow & Record<string, unknown>>(settleStatement(settling));
  const settled = async () => new Set((await sent).rows.map(({ ord }) => settling[ord - 1]));
  if (judged !== undefined) await writeDocuments(transaction, judged.changes);
  if (settling.some(({ enqueues }) => enqueues.length > 0)) {
    await transaction.caughtUp();
    const done = await settled();
    const jobs = settling.filter((one) => done.has(one)).flatMap(({ enqueues }) => enqueues);
    const { firsts } = firstsOf(jobs);
    if (firsts.length > 0) void transaction.send(enqueueStatement(firsts, tables, now));
  }
  return async () => {
    const done = await settled();
    return settles.map((one, index): SettleResult => {
      const message = judged?.conflicts.get(one);
      if (unique.placeOf[index] === undefined) return { kind: 'lost' };
      if (message !== undefined) return { kind: 'conflict', message };
      return { kind: done.has(one) ? 'settled' : 'lost' };
    });
  };
}

/** Of two extensions of one lease the last counts. */
function sendExtensions(transaction: Transaction, { extensions }: Batch) {
  if (extensions.length === 0) return async () => [];
  const unique = once(extensions, ({ ticket }) => ticket, 'last');
  const sent = transaction.send<ExtendedRow & Record<string, unknown>>(extendStatement(unique.items));
  return async () => {
    const results = new Map<number, ExtensionResult>();
    for (const { ord, cancel } of (await sent).rows)
      results.set(
        (unique.items[ord - 1] as (typeof extensions)[number]).ticket,
        cancel === 1 ? 'cancel' : 'held',
      );
    return extensions.map(({ ticket }) => results.get(ticket) ?? 'lost');
  };
}

/** All sent ahead, under one savepoint; where one fails, again and each under its own, so that it fails alone. */
async function runCommands(transaction: Transaction, commands: readonly Command[]): Promise<CommandResult[]> {
  if (commands.length === 0) return [];
  const together = await runUnderSavepoint(transaction, commands);
  if (together.ok) return together.answers.map((results) => ({ ok: true, results }));
  if (commands.length === 1) return [together];
  const results: CommandResult[] = [];
  for (const command of commands) {
    const alone = await runUnderSavepoint(transaction, [command]);
    results.push(alone.ok ? { ok: true, results: alone.answers[0] ?? [] } : alone);
  }
  return results;
}

type Answers = Extract<CommandResult, { ok: true }>['results'];

/** All of them or none; what failed before them is not their fault. @throws that, and what is no statement's fault */
async function runUnderSavepoint(
  transaction: Transaction,
  commands: readonly Command[],
): Promise<
  { readonly ok: true; readonly answers: readonly Answers[] } | { readonly ok: false; readonly error: Error }
> {
  const begun = transaction.send({ text: 'SAVEPOINT command', values: [] });
  const sent = commands.map(({ statements }) =>
    Promise.all(statements.map((statement) => transaction.send(commandStatement(statement)))),
  );
  const ended = transaction.send({ text: 'RELEASE SAVEPOINT command', values: [] });
  // Looked at from the start: what is refused while others are waited for is nobody's surprise.
  const settled = Promise.allSettled([begun, ...sent, ended]);
  const failure = await transaction.caughtUp().catch(toError);
  await settled;
  if (failure === undefined) {
    const answers = await Promise.all(sent);
    return { ok: true, answers: answers.map((results) => results.map(toStatementResult)) };
  }
  const isTheirs = await begun.then(
    () => true,
    () => false,
  );
  if (!isTheirs || !isAboutStatement(failure) || isPassing(failure)) throw failure;
  await transaction.undoTo('command');
  return { ok: false, error: failure };
}

const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

function toStatementResult({ command, rowCount, rows }: QueryResult) {
  return { rows, changed: CHANGES.has(command) ? (rowCount ?? 0) : 0 };
}
