import { describeAccess, modesOf } from '../../core/access';
import { HostError } from '../../core/errors';
import { nearestName } from '../../core/nearest-name';
import type { MadeSample, Samples, SampleTarget, WantedSample } from '../../core/ports/samples';
import type { SignatureRow } from '../../core/signature-row';
import { signatureRow, signatureRows } from '../signature-rows';
import { accessProof } from './access-proof';
import { DraftRequest } from './draft-request';
import { ownEvent, sampledSchemes, sampleEvents, sampleOf } from './sample-events';
import type { SampleProof } from './sample-proof';

const BODILESS: readonly string[] = ['GET', 'HEAD'];

/** The samples of this version, signed with whatever they are given. Keeps nothing. */
export function createSamples(): Samples {
  return {
    list: () =>
      sampledSchemes.map((sender) => ({
        sender,
        title: signatureRow(sender).title,
        events: sampleEvents(sender),
      })),
    show: (sender, event) => {
      const { headers, body } = sampleOf(rowOf(sender).id, event);
      return { headers, body };
    },
    make,
  };
}

function make(wanted: WantedSample, where: SampleTarget): MadeSample {
  const draft = drafted(rowOf(wanted.sender), wanted, where);
  const proofs = modesOf(where.access).flatMap((mode) => accessProof(mode, where) ?? []);
  const spoiled = spoiledBy(proofs, wanted, where);
  // What changes the address comes before what signs it.
  for (const proof of [...proofs].sort((one, other) => Number(one.isSigned) - Number(other.isSigned)))
    proof.prove(draft, proof === spoiled ? wanted.invalid : undefined);
  const { method, target, body } = draft;
  return { method, target, headers: draft.flat(), body, credentials: [...draft.credentials] };
}

function drafted(row: SignatureRow, wanted: WantedSample, { method, target }: SampleTarget): DraftRequest {
  const { event, body } = wanted;
  const sample = body === undefined ? sampleOf(row.id, event) : { ...ownEvent(row, body, event), body };
  const isBare = BODILESS.includes(method);
  const draft = new DraftRequest(method, target, isBare ? Buffer.alloc(0) : sample.body);
  for (const [name, value] of Object.entries({ ...sample.headers, ...wanted.headers }))
    if (!isBare || name.toLowerCase() !== 'content-type') draft.set(name, value);
  return draft;
}

function spoiledBy(
  proofs: readonly SampleProof[],
  { invalid }: WantedSample,
  { access }: SampleTarget,
): SampleProof | undefined {
  if (invalid === undefined) return undefined;
  const found = proofs.find(({ reasons }) => reasons.includes(invalid));
  if (found !== undefined) return found;
  const possible = [...new Set(proofs.flatMap(({ reasons }) => reasons))].sort();
  throw new HostError('samples/cannot-spoil', [
    invalid,
    describeAccess(access),
    possible.join(', ') || 'nothing',
  ]);
}

function rowOf(sender: string): SignatureRow {
  const row = signatureRows.find(({ id }) => id === sender);
  if (row !== undefined) return row;
  const nearest = nearestName(sender, signatureRows.map(({ id }) => id)) ?? ''; // prettier-ignore
  throw new HostError('samples/unknown-sender', [sender, nearest]);
}
