import type { StoredAnswer } from '../core/ports/inbox';

interface Kept {
  readonly headers?: StoredAnswer['headers'];
  readonly body?: string;
}

/** What the `answer` column holds beside the status; undefined when that is all. */
export function packAnswer({ headers, body }: StoredAnswer): string | undefined {
  if (headers === undefined && body === undefined) return undefined;
  const kept: Kept = {
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: body.toString('base64') }),
  };
  return JSON.stringify(kept);
}

export function unpackAnswer(
  status: number | undefined,
  answer: string | undefined,
): StoredAnswer | undefined {
  if (status === undefined) return undefined;
  const { headers, body } = (answer === undefined ? {} : JSON.parse(answer)) as Kept;
  return {
    status,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: Buffer.from(body, 'base64') }),
  };
}
