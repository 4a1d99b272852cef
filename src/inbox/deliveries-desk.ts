import type { Verified } from '../core/declaration';
import type { DeliveriesDesk, DeliveryTimeline } from '../core/ports/deliveries-desk';
import type { ReceiptDetail } from '../core/ports/inbox-desk';
import { causedBy } from './caused-work';
import { reading } from './desk';
import { numberOf, showJob, showReceipt } from './desk-details';
import type { DeskSearch } from './desk-search';
import { toFixture } from './fixture';
import type { ReceiptMeta } from './receipt-meta';

/** How keys begin that are made of what was signed. */
const OF_DELIVERY = 'delivery:';

/** One delivery, looked at closely, with the searcher of one store. */
export function createDeliveriesDesk(search: DeskSearch): DeliveriesDesk {
  return {
    timeline: (id) => reading(timelineOf(search, id)),
    fixture: (id) => reading(showReceipt(search, id).then(toFixture)),
  };
}

async function timelineOf(search: DeskSearch, id: string): Promise<DeliveryTimeline> {
  const receipt = await showReceipt(search, id);
  const ids = receipt.jobs.map((job) => job.id);
  const [jobs, caused] = await Promise.all([
    Promise.all(ids.map((job) => showJob(search, job))),
    causedBy(search, ids.map(numberOf)),
  ]);
  const details = receipt.details as Partial<ReceiptMeta>;
  return { receipt, verdict: verdictOf(details.verified), dedupe: dedupeOf(receipt, details), jobs, caused };
}

function verdictOf(verified: Verified | undefined): string {
  if (verified === undefined) return 'Nothing tells who sent it: nothing was verified.';
  const { scheme, secretId, bodySigned, caller } = verified;
  const secret = secretId === '' ? '' : ` by its secret ${secretId}`;
  const body = bodySigned ? 'the body is signed' : 'the body is not signed';
  return `Verified as ${scheme}${secret}; ${body}${caller === undefined ? '' : `; in the name of ${caller.name}`}.`;
}

function dedupeOf(
  { receivedAt }: ReceiptDetail,
  { dedupe }: Partial<ReceiptMeta>,
): DeliveryTimeline['dedupe'] {
  if (dedupe === undefined) return undefined;
  const { key, windowMs } = dedupe;
  const by = key.startsWith(OF_DELIVERY)
    ? `what was signed, ${key.slice(OF_DELIVERY.length)}`
    : `the key ${key}`;
  return { by, until: receivedAt + windowMs };
}
