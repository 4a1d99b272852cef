import { randomUUID } from 'node:crypto';
import { HostError } from '../../core/errors';
import { nearestName } from '../../core/nearest-name';
import type { SignatureRow } from '../../core/signature-row';
import { signatureRow } from '../signature-rows';
import { businessSamples } from './business-samples';
import { codeHostingSamples } from './code-hosting-samples';
import { withFreshIds } from './fresh-ids';
import { issueSamples } from './issue-samples';
import { mailSamples } from './mail-samples';
import { messagingSamples } from './messaging-samples';
import { metaSamples } from './meta-samples';
import { paymentSamples } from './payment-samples';
import { FORM_TYPE, JSON_TYPE, type SampleData, type SenderSamples } from './sample-data';
import { standardSamples } from './standard-samples';

const senders: readonly SenderSamples[] = [
  ...codeHostingSamples,
  ...issueSamples,
  ...messagingSamples,
  ...metaSamples,
  ...paymentSamples,
  ...businessSamples,
  ...mailSamples,
  ...standardSamples,
];
const byScheme: ReadonlyMap<string, SenderSamples> = new Map(
  senders.flatMap((sender) => sender.schemes.map((scheme) => [scheme, sender] as const)),
);

/** A request of a known sender's, not signed yet. */
export interface SampleEvent {
  /** Those the sender really sends, its ids of the delivery new each time; without those of the signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Ids of the senders there are samples of. */
export const sampledSchemes: readonly string[] = [...byScheme.keys()];

/** Names of the samples of a sender; empty where there are none. */
export function sampleEvents(scheme: string): readonly string[] {
  return byScheme.get(scheme)?.events.map(({ name }) => name) ?? [];
}

/**
 * A sample of a sender; the first one where no event is named. Case and punctuation of the name do not matter.
 * @throws signatures/unknown-row, samples/none, samples/unknown-event
 */
export function sampleOf(scheme: string, event?: string): SampleEvent {
  const row = signatureRow(scheme);
  const sender = byScheme.get(scheme);
  if (sender === undefined) throw new HostError('samples/none', [scheme]);
  const data = event === undefined ? sender.events[0] : find(sender, event);
  if (data === undefined) {
    const nearest = nearestName(event ?? '', sampleEvents(scheme)) ?? '';
    throw new HostError('samples/unknown-event', [scheme, event ?? '', nearest]);
  }
  const body = withFreshIds(row, data.body);
  return { headers: headersOf(row, sender, data), body: Buffer.from(written(body, sender.style)) };
}

/** Of one's own body: the type it seems to be of, and where the sender names ids and events in headers, those. */
export function ownEvent(row: SignatureRow, body: Buffer, event?: string): SampleEvent {
  const first = body.toString('latin1', 0, 1);
  const type = first === '{' || first === '[' ? JSON_TYPE : FORM_TYPE;
  const common = byScheme.get(row.id)?.headers ?? {};
  return { headers: { ...type, ...common, ...namedIn(row, event) }, body };
}

function find({ events }: SenderSamples, event: string): SampleData | undefined {
  return (
    events.find(({ name }) => name === event) ??
    events.find(({ name }) => plainName(name) === plainName(event))
  );
}

const plainName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

function headersOf(row: SignatureRow, sender: SenderSamples, data: SampleData): Record<string, string> {
  return { ...sender.headers, ...namedIn(row, data.name), ...data.headers };
}

/** What the sender says in headers besides its signature. */
function namedIn(row: SignatureRow, event: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const place of row.event) if ('header' in place && event !== undefined) headers[place.header] = event;
  for (const place of row.delivery) if ('header' in place) headers[place.header] = randomUUID();
  return headers;
}

function written(body: SampleData['body'], style: SenderSamples['style']): string {
  if ('form' in body) return new URLSearchParams(body.form).toString();
  if (style !== 'escaped') return JSON.stringify(body.json, undefined, style === 'indented' ? 2 : undefined);
  return JSON.stringify(body.json)
    .replaceAll('/', '\\/')
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
