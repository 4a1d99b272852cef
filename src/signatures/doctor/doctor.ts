import { admitsOperator, modesOf } from '../../core/access';
import { bodyLimits, type BodyLimits } from '../../core/body-limits';
import type { Endpoint } from '../../core/declaration';
import type { MountTable } from '../../core/mount-table';
import { endpointNamed } from '../../core/named-endpoint';
import type { Diagnosis, Doctor, LatestRefusal, NearMiss } from '../../core/ports/doctor';
import type { SignedUrls } from '../../core/ports/signed-urls';
import type {
  KeptRequest,
  KeptRequests,
  QuarantineDesk,
  RefusalCount,
} from '../../core/ports/quarantine-desk';
import type { Settings } from '../../core/settings';
import { addressAdvice, signsAddress } from './address-changes';
import { casesOf, type Case, type CaseParts } from './cases';
import { findingsOf } from './findings';
import { meaningOf } from './reasons';
import { Search, type SearchLimits } from './search';
import { judgeAddress } from './signed-address';
import { seenIn } from './seen';
import { setUpIn } from './set-up';
import type { TrialRequest } from './trial';
import { undoEncoding } from './undo-encoding';

export interface DoctorParts extends CaseParts {
  readonly kept: KeptRequests;
  readonly desk: Pick<QuarantineDesk, 'counts'>;
  readonly table: MountTable;
  readonly limits: Pick<Settings['limits'], 'bodyBytes' | 'storedBodyBytes' | 'jsonBytes'>;
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
      const endpoints = latestOf(counts);
      const refusals: LatestRefusal[] = [];
      for (const count of endpoints.slice(0, MOST_LINES)) {
        const diagnosis = await diagnose(count.latestId, BRIEF).catch(() => undefined);
        refusals.push({ ...count, summary: diagnosis?.summary ?? meaningOf(count.reason, false).what });
      }
      return { refusals, more: endpoints.length - refusals.length };
    },
  };
}

/** One of each endpoint, its latest, counted together. */
function latestOf(counts: readonly RefusalCount[]): RefusalCount[] {
  const endpoints = new Map<string, RefusalCount>();
  for (const one of [...counts].sort((first, second) => second.latestAt - first.latestAt)) {
    const endpoint = `${one.plugin} ${one.name}`;
    const latest = endpoints.get(endpoint);
    endpoints.set(endpoint, latest === undefined ? one : { ...latest, count: latest.count + one.count });
  }
  return [...endpoints.values()];
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
  const asked = await trialRequestOf(refused, parts.publicBase, bodyLimits(endpoint, parts.limits));
  const at = request.receivedAt;
  // Where it may ask from nowhere, no signature helps.
  const cases =
    reason === 'address_not_allowed'
      ? []
      : casesOf(parts, endpoint?.access, scheme, { plugin, request: asked, at });
  const setUp =
    reason === 'address_not_allowed'
      ? undefined
      : setUpIn(parts.secrets, endpoint?.access, { plugin, request: asked, at });
  const search = new Search(limits);
  const address =
    endpoint && judgeAddress(parts.signedUrls, plugin, endpoint, { target: request.target, at });
  const found = setUp === undefined ? await findingsOf(search, cases, parts, reason) : [setUp.miss];
  // That the signature is right says nothing while something else is wrong.
  const isElsewhere = address === 'wrong' || typeof address === 'object' || needsOperator(endpoint);
  const wouldPass = [
    ...(typeof address === 'object' ? [address] : []),
    ...found.filter(({ kinds }) => !isElsewhere || kinds[0] !== 'nothing'),
  ];
  const [first] = wouldPass;
  const meaning = meaningOf(reason, cases.length > 0 && cases.every(({ shownIn }) => shownIn !== undefined));
  const why = setUp !== undefined && first === setUp.miss ? setUp.why : (first?.what ?? meaning.what);
  return {
    ...{ id, kind: 'refused', plugin, name: `${method} ${path}`, scheme, reason },
    receivedAt: at,
    summary: `${reason}: ${why}`,
    wouldPass,
    seen: seenIn(refused, asked, cases, endpoint?.access),
    next: nextOf(wouldPass, meaning.next, cases),
    tried: search.tried,
    isComplete: search.isComplete,
  };
}

function nextOf(wouldPass: readonly NearMiss[], otherwise: string, cases: readonly Case[]): string[] {
  if (wouldPass.length > 0) return [...new Set(wouldPass.map(({ next }) => next))];
  const signing = cases.find(({ trial }) => signsAddress(trial.scheme));
  return signing === undefined ? [otherwise] : [addressAdvice(signing.trial.request), otherwise];
}

function endpointOf(table: MountTable, { plugin, method, path }: Refused): Endpoint | undefined {
  return endpointNamed(table.get(plugin)?.live?.mount.endpoints ?? [], method, path);
}

function needsOperator(endpoint: Endpoint | undefined): boolean {
  return endpoint !== undefined && modesOf(endpoint.access).some(admitsOperator);
}

async function trialRequestOf(
  { request: { method, target, headers, wire = Buffer.alloc(0) } }: Refused,
  publicBase: string | undefined,
  { bufferedBytes, jsonBytes }: BodyLimits,
): Promise<TrialRequest> {
  const url = publicBase === undefined ? undefined : publicBase + target;
  const decoded = await undoEncoding(wire, headers, bufferedBytes);
  return { method, target, url, headers, wire, decoded, jsonBytes };
}
