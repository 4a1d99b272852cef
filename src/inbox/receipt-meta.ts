import type { Verified } from '../core/declaration';
import type { Sealer } from '../core/ports/sealer';
import type { StoredRequest } from '../core/ports/inbox';
import { credentialValues, type CredentialPlaces } from '../core/access-credentials';
import { isCredentialHeader, maskedParameters, maskTarget } from '../core/credentials';

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

/** What of a receipt is not told by the request itself. */
export interface ReceiptFacts {
  readonly token: string;
  /** Where the request may hold credentials: they are sealed. */
  readonly places: CredentialPlaces;
  readonly remarks: readonly string[];
  readonly dedupe?: ReceiptMeta['dedupe'];
}

/** The columns `target` and `meta` of a request. */
export function packMeta(
  request: StoredRequest,
  { token, places, remarks, dedupe }: ReceiptFacts,
  sealer: Sealer,
): { target: string; meta: string } {
  const target = maskTarget(request.target, places.parameters);
  let { headers } = request;
  const sealed = credentialValues(headers, places);
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

/** Where a receipt was found to hold credentials: of one that another host stored, whose endpoint need not be here. */
export function placesIn({ target, meta }: Pick<ReceiptRow, 'target' | 'meta'>): CredentialPlaces {
  const { headers, sealed = [] } = JSON.parse(meta) as ReceiptMeta;
  const names = new Set(sealed.map((index) => headers[index - 1]?.toLowerCase()));
  return {
    isHeader: (name) => isCredentialHeader(name) || names.has(name.toLowerCase()),
    parameters: maskedParameters(target),
  };
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
