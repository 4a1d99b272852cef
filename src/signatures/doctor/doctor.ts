import { modesOf } from '../../core/access';
import type { Endpoint } from '../../core/declaration';
import type { MountTable } from '../../core/mount-table';
import { endpointNamed } from '../../core/named-endpoint';
import type { Diagnosis, Doctor, LatestRefusal } from '../../core/ports/doctor';
import type { SignedUrls } from '../../core/ports/signed-urls';
import type { KeptRequest, KeptRequests, QuarantineDesk } from '../../core/ports/quarantine-desk';
import { casesOf, type CaseParts } from './cases';
import { findingsOf } from './findings';
import { REASONS } from './reasons';
import { Search, type SearchLimits } from './search';
import { judgeAddress } from './signed-address';
import { seenIn } from './seen';
import type { TrialRequest } from './trial';
import { undoEncoding } from './undo-encoding';

export interface DoctorParts extends CaseParts {
  readonly kept: KeptRequests;
  readonly desk: Pick<QuarantineDesk, 'counts'>;
  readonly table: MountTable;
  /** Absent where no address is signed. */
  readonly signedUrls?: SignedUrls | undefined;
}
type Refused = Extract<KeptRequest, { kind: 'refused' }>;
type Receipt = Extract<KeptRequest, { kind: 'receipt' }>;

const WHOLE: SearchLimits = { mostTries: 4_000, mostMs: 3_000 };
/** Of each line of an overview. */
const BRIEF: SearchLimits = { mostTries: 300, mostMs: 200 };
const MOST_LINES = 20;

/** The doctor of one host: it judges with the host's own secrets, and tells none of them. */
export function createDoctor(parts: DoctorParts): Doctor {
  const diagnose = async (id: string, limits: SearchLimits) => {
    const kept = await parts.kept.find(id);
    return kept.kind === 'receipt' ? ofReceipt(kept) : ofRefused(parts, kept, limits);
  };
  return {
    diagnose: (id) => diagnose(id, WHOLE),
    overview: async (plugin) => {
      const { counts } = await parts.desk.counts(plugin === undefined ? {} : { plugin });
      const latest = [...counts].sort((one, other) => other.latestAt - one.latestAt).slice(0, MOST_LINES);
      const lines: LatestRefusal[] = [];
      for (const count of latest) {
        const diagnosis = await diagnose(count.latestId, BRIEF).catch(() => undefined);
        lines.push({ ...count, summary: diagnosis?.summary ?? REASONS[count.reason].what });
      }
      return lines;
    },
  };
}

function ofReceipt({ id, plugin, name, receivedAt, verified }: Receipt): Diagnosis {
  const summary =
    verified === undefined
      ? 'It was let in; nothing told who sent it.'
      : `It was let in: ${verified.scheme} verified it with the secret ${verified.secretId}${verified.bodySigned ? '' : '; its body is not signed'}.`;
  return {
    ...{ id, kind: 'receipt', plugin, name, scheme: verified?.scheme, reason: undefined, receivedAt },
    ...{ summary, wouldPass: [], seen: [], next: [], tried: 0, isComplete: true },
  };
}

async function ofRefused(parts: DoctorParts, refused: Refused, limits: SearchLimits): Promise<Diagnosis> {
  const { id, plugin, method, path, scheme, reason, request } = refused;
  const endpoint = endpointOf(parts.table, refused);
  const asked = await trialRequestOf(refused, parts.publicBase);
  const at = request.receivedAt;
  // Where it may ask from nowhere, no signature helps.
  const cases =
    reason === 'address_not_allowed'
      ? []
      : casesOf(parts, endpoint?.access, scheme, { plugin, request: asked, at });
  const search = new Search(limits);
  const address =
    endpoint && judgeAddress(parts.signedUrls, plugin, endpoint, { target: request.target, at });
  const found = await findingsOf(search, cases, parts, reason);
  // That the signature is right says nothing while something else is wrong.
  const isElsewhere = address === 'wrong' || typeof address === 'object' || needsOperator(endpoint);
  const wouldPass = [
    ...(typeof address === 'object' ? [address] : []),
    ...found.filter(({ kinds }) => !isElsewhere || kinds[0] !== 'nothing'),
  ];
  const [first] = wouldPass;
  return {
    ...{ id, kind: 'refused', plugin, name: `${method} ${path}`, scheme, reason },
    receivedAt: at,
    summary: `${reason}: ${first?.what ?? REASONS[reason].what}`,
    wouldPass,
    seen: seenIn(refused, asked, cases, endpoint?.access),
    next: wouldPass.length > 0 ? [...new Set(wouldPass.map(({ next }) => next))] : [REASONS[reason].next],
    tried: search.tried,
    isComplete: search.isComplete,
  };
}

function endpointOf(table: MountTable, { plugin, method, path }: Refused): Endpoint | undefined {
  return endpointNamed(table.get(plugin)?.live?.mount.endpoints ?? [], method, path);
}

function needsOperator(endpoint: Endpoint | undefined): boolean {
  return endpoint !== undefined && modesOf(endpoint.access).includes('operator');
}

async function trialRequestOf(
  { request: { method, target, headers, wire = Buffer.alloc(0) } }: Refused,
  publicBase: string | undefined,
): Promise<TrialRequest> {
  const url = publicBase === undefined ? undefined : publicBase + target;
  return { method, target, url, headers, wire, decoded: await undoEncoding(wire, headers) };
}
