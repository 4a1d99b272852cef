import type { Insertable, Selectable } from 'kysely';
import { maskTarget } from '../core/credentials';
import { credentialValues, type CredentialPlaces } from '../core/access-credentials';
import type { PluginKey } from '../core/plugin-key';
import type { Sealer } from '../core/ports/sealer';
import type { SecretMask } from '../core/secret-mask';
import type { KeptRequest, RefusalDetail, RefusalSummary } from '../core/ports/quarantine-desk';
import type { RefusalReason } from '../core/signed-request';
import { orUndefined } from './desk-rows';
import { maskedBody } from './masked-body';
import { newToken, toPublicId } from './public-id';
import type { Waiting } from './quarantine-ring';
import type { RefusalTable } from './schema';

/** What is shown in place of a credential. */
const MASK = '••••••';
/** Of a row beside its body and what is sealed, about. */
const ROW_BYTES = 512;

/** What the sealed `meta` column holds, as JSON. */
interface RefusalMeta {
  readonly target: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** Indexes into `headers`: credentials, by their names or by the endpoint's own access. */
  readonly masked: readonly number[];
}

export const SUMMARY_COLUMNS = [
  'id',
  'token',
  'plugin',
  'name',
  'scheme',
  'reason',
  'received_at',
  'method',
  'target',
  'ip',
  'request_id',
  'body_bytes',
] as const satisfies readonly (keyof RefusalTable)[];
type SummaryRow = Pick<Selectable<RefusalTable>, (typeof SUMMARY_COLUMNS)[number]>;
type WholeRow = SummaryRow & Pick<Selectable<RefusalTable>, 'meta' | 'body'>;

/** The row of a refused request. Headers are sealed as a whole: which of them is a credential senders decide. */
export function packRefusal(
  { refused, bodyBytes }: Waiting,
  places: CredentialPlaces,
  sealer: Sealer,
): Insertable<RefusalTable> & { readonly weight: number } {
  const { plugin, method, path, scheme, reason, request } = refused;
  const token = newToken();
  const { target, headers, wire } = request;
  const meta: RefusalMeta = { target, headers, masked: credentialValues(headers, places) };
  const sealed = sealer.seal(JSON.stringify(meta), contextOf(token));
  return {
    token,
    plugin,
    name: `${method} ${path}`,
    scheme,
    reason,
    received_at: request.receivedAt,
    method: request.method,
    target: maskTarget(target, places.parameters),
    ip: request.ip,
    request_id: request.requestId,
    weight: ROW_BYTES + sealed.length + (wire?.length ?? 0),
    meta: sealed,
    body_bytes: bodyBytes ?? null,
    body: wire ?? null,
  };
}

export function summaryOf(row: SummaryRow): RefusalSummary {
  return {
    id: toPublicId(Number(row.id), row.token),
    plugin: row.plugin,
    name: row.name,
    scheme: row.scheme,
    reason: row.reason as RefusalReason,
    receivedAt: Number(row.received_at),
    method: row.method,
    target: row.target,
    ip: row.ip,
    requestId: row.request_id,
    bodyBytes: orUndefined(row.body_bytes),
  };
}

/** @throws host/cannot-unseal */
export function detailOf(row: WholeRow, sealer: Sealer, mask: SecretMask): RefusalDetail {
  const { headers, masked } = openMeta(row, sealer);
  const shown = headers.map((text, index) => (masked.includes(index) ? MASK : mask.text(text)));
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < shown.length; index += 2)
    pairs.push([shown[index] ?? '', shown[index + 1] ?? '']);
  const encoding = pairs.find(([name]) => name.toLowerCase() === 'content-encoding')?.[1];
  const body = maskedBody(bodyOf(row), encoding, mask);
  const summary = summaryOf(row);
  return { ...summary, target: mask.text(summary.target), headers: pairs, body: body?.toString('base64') };
}

/** @throws host/cannot-unseal */
export function keptOf(row: WholeRow, sealer: Sealer): KeptRequest {
  const { target, headers } = openMeta(row, sealer);
  const space = row.name.indexOf(' ');
  const { id, reason, receivedAt, ip, requestId, bodyBytes } = summaryOf(row);
  return {
    kind: 'refused',
    id,
    bodyBytes,
    plugin: row.plugin as PluginKey,
    method: row.name.slice(0, space),
    path: row.name.slice(space + 1),
    scheme: row.scheme,
    reason,
    request: { receivedAt, method: row.method, target, headers, ip, requestId, wire: bodyOf(row) },
  };
}

/** Binds what is sealed to its row: it opens nowhere else. */
const contextOf = (token: string) => `refusal:${token}`;

function openMeta({ meta, token }: WholeRow, sealer: Sealer): RefusalMeta {
  return JSON.parse(sealer.open(meta, contextOf(token))) as RefusalMeta;
}

/** A reader in another thread hands over plain bytes, not a Buffer. */
function bodyOf({ body }: WholeRow): Buffer | undefined {
  return body === null ? undefined : Buffer.from(body);
}
