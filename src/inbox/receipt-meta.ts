import type { Verified } from '../core/declaration';
import type { Sealer } from '../core/ports/sealer';
import type { StoredRequest } from '../core/ports/inbox';
import { isCredentialHeader, maskTarget } from '../core/credentials';

/** What the `meta` column holds, as JSON. */
export interface ReceiptMeta {
  readonly baseUrl: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** Names and values in turn; the values named by `sealed` are sealed. */
  readonly headers: readonly string[];
  /** Indexes into `headers`. */
  readonly sealed?: readonly number[];
  /** The target as sent, sealed, where the column shows it masked. */
  readonly target?: string;
  readonly requestId: string;
  readonly verified?: Verified;
  readonly remarks?: readonly string[];
  /** What its repetitions are known by; goes with the receipt when it is exported. */
  readonly dedupe?: { readonly key: string; readonly windowMs: number };
}

/** Binds what is sealed to its receipt: it opens nowhere else. */
const contextOf = (token: string) => `receipt:${token}`;

/** The columns `target` and `meta` of a request. */
export function packMeta(
  request: StoredRequest,
  remarks: readonly string[],
  token: string,
  sealer: Sealer,
  dedupe?: ReceiptMeta['dedupe'],
): { target: string; meta: string } {
  const target = maskTarget(request.target);
  let { headers } = request;
  const sealed: number[] = [];
  for (let index = 0; index < headers.length; index += 2)
    if (isCredentialHeader(headers[index] ?? '')) sealed.push(index + 1);
  if (sealed.length > 0)
    headers = headers.map((text, index) =>
      sealed.includes(index) ? sealer.seal(text, contextOf(token)) : text,
    );
  const meta: ReceiptMeta = {
    baseUrl: request.baseUrl,
    path: request.path,
    params: request.params,
    headers,
    ...(sealed.length > 0 ? { sealed } : {}),
    ...(target === request.target ? {} : { target: sealer.seal(request.target, contextOf(token)) }),
    requestId: request.requestId,
    ...(request.verified === undefined ? {} : { verified: request.verified }),
    ...(remarks.length > 0 ? { remarks } : {}),
    ...(dedupe === undefined ? {} : { dedupe }),
  };
  return { target, meta: JSON.stringify(meta) };
}

/** The columns of a receipt that make its request again. */
export interface ReceiptRow {
  readonly token: string;
  readonly received_at: number;
  readonly method: string;
  readonly target: string;
  readonly meta: string;
  readonly ip: string;
}

/** @throws host/cannot-unseal */
export function unpackRequest(row: ReceiptRow, body: Buffer, sealer: Sealer): StoredRequest {
  const meta = JSON.parse(row.meta) as ReceiptMeta;
  const open = (text: string) => sealer.open(text, contextOf(row.token));
  const headers =
    meta.sealed === undefined
      ? meta.headers
      : meta.headers.map((text, index) => (meta.sealed?.includes(index) === true ? open(text) : text));
  return {
    receivedAt: row.received_at,
    method: row.method,
    target: meta.target === undefined ? row.target : open(meta.target),
    baseUrl: meta.baseUrl,
    path: meta.path,
    params: meta.params,
    headers,
    ip: row.ip,
    requestId: meta.requestId,
    verified: meta.verified,
    body,
  };
}
