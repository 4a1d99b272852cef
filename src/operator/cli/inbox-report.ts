import type { AttemptRecord, JobDetail, ReceiptDetail } from '../../core/ports/inbox-desk';

/** An instant to the second, UTC, or nothing. */
export function timeOf(at: number | undefined): string {
  return at === undefined ? '' : `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** A job for a person: what it is, where it stands, and what went wrong each time. */
export function formatJob(job: JobDetail): string {
  const lane = job.lane === undefined ? undefined : `${job.lane}${job.laneHead ? '' : ', behind others'}`;
  const progress =
    job.progress && `${Math.round(job.progress.fraction * 100)} %  ${job.progress.note ?? ''}`.trim();
  return [
    ...fields([
      ['job', job.id],
      ['work', `${job.plugin} ${job.name}`],
      [
        'state',
        job.awaited !== undefined && job.state === 'waiting' ? `waiting for ${job.awaited}` : job.state,
      ],
      ['attempts', String(job.attempt)],
      ['crashes', job.crashes === 0 ? undefined : String(job.crashes)],
      ['lane', lane],
      ['priority', job.priority === 0 ? undefined : String(job.priority)],
      ['stored', timeOf(job.createdAt)],
      ['runs at', job.state === 'later' ? timeOf(job.runAt) : undefined],
      ['started', timeOf(job.startedAt)],
      ['ended', timeOf(job.endedAt)],
      ['host', job.node],
      ['progress', progress],
      ['receipt', job.receiptId],
      ['payload', job.payload],
      ['error', job.error],
    ]),
    ...job.attempts.flatMap(formatAttempt),
  ].join('\n');
}

/** A receipt for a person: the request as it came, credentials masked. */
export function formatReceipt(receipt: ReceiptDetail): string {
  const { body } = receipt;
  return [
    ...fields([
      ['receipt', receipt.id],
      ['endpoint', `${receipt.plugin} ${receipt.name}`],
      ['received', `${timeOf(receipt.receivedAt)} from ${receipt.ip}`],
      ['verified', receipt.scheme],
      ['delivery', receipt.deliveryId],
      ['event', receipt.event],
      ['answered', receipt.answerStatus === undefined ? undefined : String(receipt.answerStatus)],
      ['repeats', receipt.replayOf],
      ...receipt.jobs.map(({ id, state }) => ['job', `${id} ${state}`] as const),
    ]),
    '',
    `${receipt.method} ${receipt.target}`,
    ...receipt.headers.map(([name, value]) => `${name}: ${value}`),
    '',
    'text' in body ? body.text : `${receipt.bodyBytes} bytes, in base64:\n${body.base64}`,
  ].join('\n');
}

function formatAttempt({ number, outcome, startedAt, endedAt, node, error }: AttemptRecord): string[] {
  const head = `${String(number).padStart(3)}. ${outcome} at ${timeOf(endedAt)} after ${endedAt - startedAt} ms on ${node}`;
  return error === undefined ? [head] : [head, ...error.split('\n').map((line) => `     ${line}`)];
}

function fields(all: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  return all.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${name.padEnd(10)}${value}`],
  );
}
